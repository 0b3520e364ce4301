"""From the tracker's rows to ranked persons: every step of grouping, in order."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import Int64, Person, SegmentTracks, Tracklet
from castlist.domain.video import VideoPlan
from services.grouper.algorithms.appearances import Appearance, appearances, frame_edges_s
from services.grouper.algorithms.checks import Check, five_checks, prediction_check, reid_candidates
from services.grouper.algorithms.grouping import Grouping, group_tracklets, make_persons
from services.grouper.algorithms.pairs import TrackletPairs, successive_pairs
from services.grouper.algorithms.prediction import prediction_errors
from services.grouper.algorithms.ranking import RankedPerson, rank_persons
from services.grouper.algorithms.statistics import TrackletStatistics, tracklet_statistics
from services.grouper.algorithms.tracklets import collect_tracklets, frame_times

_ASSUMED_FRAME_RATE = 25.0  # where the video states none


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything that grouping knows. `statistics` rows are `tracklets`; `candidates` are rows of `pairs`."""

    tracklets: tuple[Tracklet, ...]
    statistics: TrackletStatistics
    pairs: TrackletPairs
    checks: tuple[Check, ...]
    candidates: Int64
    grouping: Grouping
    persons: tuple[Person, ...]
    ranking: tuple[RankedPerson, ...]
    appearances: tuple[Appearance, ...]
    frame_count: int
    max_gap_s: float


def analyse(segments: Sequence[SegmentTracks], video: VideoPlan, parameters: GroupParameters) -> Analysis:
    """Group the tracked rows of a video. No rows, or no frames, give no persons."""
    tracklets = collect_tracklets(segments, parameters.min_tracklet_frames)
    statistics = tracklet_statistics(tracklets)
    pairs = considered_pairs(statistics, parameters)
    errors = prediction_errors(tracklets, pairs, *_prediction_per_frame(video, parameters))
    checks = (*five_checks(pairs, parameters), prediction_check(errors, parameters))
    grouping = group_tracklets(statistics, pairs, checks, errors)
    persons = make_persons(tracklets, grouping.groups)
    times = frame_times(segments)
    return Analysis(
        tracklets=tracklets,
        statistics=statistics,
        pairs=pairs,
        checks=checks,
        candidates=np.flatnonzero(reid_candidates(pairs, parameters)),
        grouping=grouping,
        persons=persons,
        ranking=rank_persons(
            persons, person_jitters(persons, tracklets, statistics), len(times), (video.width_px, video.height_px), parameters
        ),
        appearances=appearances(persons, frame_edges_s(video, times), parameters.appearance_max_gap_s),
        frame_count=len(times),
        max_gap_s=parameters.appearance_max_gap_s,
    )


def _prediction_per_frame(video: VideoPlan, parameters: GroupParameters) -> tuple[int, float]:
    """Window in frames and doubt a frame, from the parameters' seconds."""
    frames_per_s = float(video.frame_rate) or _ASSUMED_FRAME_RATE
    return max(2, round(frames_per_s * parameters.prediction_window_s)), parameters.prediction_doubt_heights_per_s / frames_per_s


def considered_pairs(statistics: TrackletStatistics, parameters: GroupParameters) -> TrackletPairs:
    """Pairs near enough in time and place to be worth a reason: those that the checks or the candidates could accept, and some more.

    Pairs farther apart than twice the larger of the two distances are left out; they would only fill the log.
    A limit does not count where its check is off.
    """
    longest_gap = max(parameters.max_temporal_gap_frames, parameters.candidate_max_gap_frames)
    pairs = successive_pairs(statistics, longest_gap if parameters.check_temporal else None, parameters.max_predecessors)
    if not parameters.check_spatial:
        return pairs
    return pairs.take(pairs.distance_px <= 2 * max(parameters.max_spatial_distance_px, parameters.candidate_max_distance_px))


def person_jitters(persons: Sequence[Person], tracklets: Sequence[Tracklet], statistics: TrackletStatistics) -> list[float]:
    """Root mean square of the `center_jitter` of each person's tracklets, weighted by their rows."""
    row_of = {tracklet.tracklet_id: row for row, tracklet in enumerate(tracklets)}
    jitters = []
    for person in persons:
        rows = [row_of[tracklet] for tracklet in person.tracklet_ids]
        weights = [len(tracklets[row].frame_numbers) for row in rows]
        jitters.append(float(np.sqrt(np.average(statistics.center_jitter[rows] ** 2, weights=weights))))
    return jitters
