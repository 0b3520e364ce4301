"""Pairs of tracklets that follow each other in time, found without looking at all pairs."""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from castlist.domain.geometry import centers
from castlist.domain.records import Float64, Int64
from castlist.domain.shots import NO_CUTS, cuts_between
from services.grouper.algorithms.statistics import TrackletStatistics


@dataclass(frozen=True, slots=True, eq=False)
class TrackletPairs:
    """M pairs as rows of the statistics: `earlier[m]` ends before `later[m]` starts.

    Ordered by later, then by falling end of the earlier. `gap_frames` is start of the later minus end of the
    earlier, at least 1. `distance_px` lies between the last centre of the earlier and the first of the
    later. `area_ratio` is the smaller mean area divided by the larger, so that it does not matter which
    comes first. `motion_alignment` is the cosine of the mean velocities, NaN unless both move.
    `jitter_difference_px` is the difference of the centre jitters. `cuts` counts the shots that begin between the two: across a cut
    place, size and motion say nothing, so what is measured of them is NaN.
    """

    earlier: Int64
    later: Int64
    gap_frames: Int64
    distance_px: Float64
    area_ratio: Float64
    motion_alignment: Float64
    jitter_difference_px: Float64
    cuts: Int64

    def take(self, rows: NDArray[np.bool_]) -> "TrackletPairs":
        """The rows of a mask."""
        return TrackletPairs(*(getattr(self, spec.name)[rows] for spec in fields(self)))


_LEAST_SPEED = 1e-3  # px per frame; slower than this has no direction


def successive_pairs(
    statistics: TrackletStatistics, max_gap_frames: int | None, max_predecessors: int, cuts: Int64 = NO_CUTS
) -> TrackletPairs:
    """Every pair with a gap of 1 to `max_gap_frames` (None: any gap).

    At most `max_predecessors` for each later tracklet, those that end last (ties: the later row). So time
    and memory grow with the number of tracklets, not with its square.
    """
    by_end = np.lexsort((np.arange(len(statistics.end_frame)), statistics.end_frame))
    ends = statistics.end_frame[by_end]
    stop = np.searchsorted(ends, statistics.start_frame, "left")
    reach = np.iinfo(np.int64).max // 2 if max_gap_frames is None else max_gap_frames
    start = np.searchsorted(ends, statistics.start_frame - reach, "left")
    counts = stop - np.maximum(start, stop - max_predecessors)
    later = np.repeat(np.arange(len(counts)), counts)
    position = np.arange(len(later)) - np.repeat(np.cumsum(counts) - counts, counts)
    earlier = by_end[stop[later] - 1 - position]
    return measured_pairs(statistics, earlier, later, cuts)


def measured_pairs(statistics: TrackletStatistics, earlier: Int64, later: Int64, cuts: Int64 = NO_CUTS) -> TrackletPairs:
    """Pairs of rows of the statistics, in the order in which they are given; `cuts` are the frames that begin a new shot, rising."""
    between = cuts_between(cuts, statistics.end_frame[earlier], statistics.start_frame[later])
    together = np.where(between > 0, np.nan, 1.0)
    jump = centers(statistics.first_bbox[later].astype(np.float64)) - centers(statistics.last_bbox[earlier].astype(np.float64))
    first_area, second_area = statistics.mean_area[earlier], statistics.mean_area[later]
    larger = np.maximum(first_area, second_area)
    speeds = statistics.velocity_magnitude
    both_move = (speeds[earlier] > _LEAST_SPEED) & (speeds[later] > _LEAST_SPEED)
    products = np.sum(statistics.mean_velocity[earlier] * statistics.mean_velocity[later], axis=1)
    lengths = speeds[earlier] * speeds[later]
    return TrackletPairs(
        earlier=earlier,
        later=later,
        gap_frames=statistics.start_frame[later] - statistics.end_frame[earlier],
        distance_px=np.hypot(jump[:, 0], jump[:, 1]) * together,
        area_ratio=np.divide(np.minimum(first_area, second_area), larger, out=np.zeros_like(larger), where=larger > 0) * together,
        motion_alignment=np.divide(products, lengths, out=np.full_like(products, np.nan), where=both_move) * together,
        jitter_difference_px=np.abs(statistics.center_jitter[earlier] - statistics.center_jitter[later]) * together,
        cuts=between,
    )
