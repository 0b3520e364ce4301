"""From tracklets to persons before merging: every step of grouping, in order."""

from dataclasses import dataclass

import numpy as np

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import Int64, Person, Tracklet, TrackletSet
from castlist.domain.video import VideoPlan
from services.grouper.algorithms.checks import Check, cuts_check, five_checks, looks_check, prediction_check, reid_candidates
from services.grouper.algorithms.grouping import Grouping, group_tracklets, make_persons
from services.grouper.algorithms.looks import Looks, end_similarities
from services.grouper.algorithms.pairs import TrackletPairs, successive_pairs
from services.grouper.algorithms.prediction import prediction_errors
from services.grouper.algorithms.statistics import TrackletStatistics, tracklet_statistics

_ASSUMED_FRAME_RATE = 25.0  # where the video states none


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """Everything that grouping knows. `statistics` rows are `tracklets`; `candidates` are rows of `pairs`; `cuts` frames."""

    tracklets: tuple[Tracklet, ...]
    statistics: TrackletStatistics
    pairs: TrackletPairs
    checks: tuple[Check, ...]
    candidates: Int64
    grouping: Grouping
    persons: tuple[Person, ...]
    cuts: Int64


def analyse(found: TrackletSet, looks: Looks, video: VideoPlan, parameters: GroupParameters) -> Analysis:
    """Group tracklets in order of (first frame, id). None give no persons, and no looks leave it to place and motion."""
    tracklets = found.tracklets
    statistics = tracklet_statistics(tracklets)
    pairs = considered_pairs(statistics, parameters, found.cuts)
    errors = prediction_errors(tracklets, pairs, *prediction_per_frame(video, parameters))
    alike = end_similarities(looks, [tracklet.tracklet_id for tracklet in tracklets], pairs, parameters.split_window_crops)
    checks = (
        *five_checks(pairs, parameters),
        prediction_check(errors, parameters),
        cuts_check(pairs, parameters),
        looks_check(alike, parameters),
    )
    grouping = group_tracklets(statistics, pairs, checks, np.where(np.isnan(errors), np.inf, errors))
    return Analysis(
        tracklets=tracklets,
        statistics=statistics,
        pairs=pairs,
        checks=checks,
        candidates=np.flatnonzero(reid_candidates(pairs, parameters)),
        grouping=grouping,
        persons=make_persons(tracklets, grouping.groups),
        cuts=found.cuts,
    )


def prediction_per_frame(video: VideoPlan, parameters: GroupParameters) -> tuple[int, float]:
    """Window in frames and doubt a frame, from the parameters' seconds."""
    frames_per_s = float(video.frame_rate) or _ASSUMED_FRAME_RATE
    return max(2, round(frames_per_s * parameters.prediction_window_s)), parameters.prediction_doubt_heights_per_s / frames_per_s


def considered_pairs(statistics: TrackletStatistics, parameters: GroupParameters, cuts: Int64) -> TrackletPairs:
    """Pairs near enough in time and place to be worth a reason: those that the checks or the candidates could accept, and some more.

    Pairs farther apart than twice the larger of the two distances are left out; they would only fill the log.
    A limit does not count where its check is off.
    """
    longest_gap = max(parameters.max_temporal_gap_frames, parameters.candidate_max_gap_frames)
    pairs = successive_pairs(statistics, longest_gap if parameters.check_temporal else None, parameters.max_predecessors, cuts)
    if not parameters.check_spatial:
        return pairs
    farthest = 2 * max(parameters.max_spatial_distance_px, parameters.candidate_max_distance_px)
    return pairs.take((pairs.distance_px <= farthest) | (pairs.cuts > 0))
