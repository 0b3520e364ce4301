"""From the cast and its tracklets to ranked persons with their times on screen."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.cast import Cast
from castlist.domain.joining import persons_of
from castlist.domain.parameters import CastParameters
from castlist.domain.records import Person, Tracklet, TrackletSet
from castlist.domain.video import VideoPlan
from services.grouper.algorithms.appearances import Appearance, appearances, frame_edges_s
from services.grouper.algorithms.continuation import scene_of
from services.grouper.algorithms.interpolation import interpolate
from services.grouper.algorithms.ranking import RankedPerson, rank_persons
from services.grouper.algorithms.smoothing import smooth
from services.grouper.algorithms.statistics import TrackletStatistics, tracklet_statistics


@dataclass(frozen=True, slots=True, eq=False)
class Billing:
    """Persons by number, interpolated rows included, their ranking and their times on screen."""

    persons: tuple[Person, ...]
    ranking: tuple[RankedPerson, ...]
    appearances: tuple[Appearance, ...]
    frame_count: int
    examined_frames: int
    max_gap_s: float


def bill(found: TrackletSet, cast: Cast, video: VideoPlan, parameters: CastParameters) -> Billing:
    """Make every person of a cast out of its tracklets, smoothed, with short gaps filled; ranking goes by what was observed.

    Raises `KeyError` for a tracklet that there is not.
    """
    scene = scene_of(video, len(found.frame_pts), found.unexamined, found.cuts, found.camera)
    observed = persons_of(cast, smooth(found.tracklets, parameters.smooth_deviation_frames, scene.camera))
    persons = tuple(
        interpolate(person, scene, parameters.interpolate_max_gap_frames, parameters.interpolate_max_cost) for person in observed
    )
    edges_s = frame_edges_s(video, found.frame_pts)
    examined = len(found.frame_pts) - len(found.unexamined)
    jitters = person_jitters(observed, found.tracklets, tracklet_statistics(found.tracklets))
    return Billing(
        persons=persons,
        ranking=rank_persons(observed, jitters, examined, (video.width_px, video.height_px), parameters),
        appearances=appearances(persons, edges_s, parameters.appearance_max_gap_s, found.unexamined, found.cuts),
        frame_count=len(found.frame_pts),
        examined_frames=examined,
        max_gap_s=parameters.appearance_max_gap_s,
    )


def person_jitters(persons: Sequence[Person], tracklets: Sequence[Tracklet], statistics: TrackletStatistics) -> list[float]:
    """Root mean square of the `center_jitter` of each person's tracklets, weighted by their rows."""
    row_of = {tracklet.tracklet_id: row for row, tracklet in enumerate(tracklets)}
    jitters = []
    for person in persons:
        rows = [row_of[tracklet] for tracklet in person.tracklet_ids]
        weights = [len(tracklets[row].frame_numbers) for row in rows]
        jitters.append(float(np.sqrt(np.average(statistics.center_jitter[rows] ** 2, weights=weights))))
    return jitters
