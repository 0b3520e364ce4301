"""Twelve statistics of each tracklet, computed once and read by every later step."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from castlist.domain.geometry import areas, centers
from castlist.domain.records import Float32, Float64, Int64, Tracklet
from castlist.domain.row_runs import row_offsets


@dataclass(frozen=True, slots=True, eq=False)
class TrackletStatistics:
    """Columns for N tracklets, in the order in which they were given. Pixels and frames are the units.

    `start_frame`, `end_frame` int64 (N,): first and last frame with a row. `duration` int64 (N,): frames
    from first to last, both counted. `mean_center` (N, 2): x, y. `center_jitter` (N,): how far the centre
    strays from its own path, see `path_deviations`, as root mean square in pixels. `mean_area`,
    `area_variance` (N,): of the box, in px² and px⁴, population variance. `mean_velocity` (N, 2): way from
    first to last centre divided by the frames between, px per frame. `velocity_magnitude` (N,): its
    length. `first_bbox`, `last_bbox` float32 (N, 4). `mean_confidence` (N,).
    """

    start_frame: Int64
    end_frame: Int64
    duration: Int64
    mean_center: Float64
    center_jitter: Float64
    mean_area: Float64
    area_variance: Float64
    mean_velocity: Float64
    velocity_magnitude: Float64
    first_bbox: Float32
    last_bbox: Float32
    mean_confidence: Float64


def tracklet_statistics(tracklets: Sequence[Tracklet]) -> TrackletStatistics:
    """Statistics of tracklets with at least one row each."""
    offsets = row_offsets([len(tracklet.frame_numbers) for tracklet in tracklets])
    first, last = offsets[:-1], offsets[1:] - 1
    frames = np.concatenate([np.zeros(0, np.int64), *(tracklet.frame_numbers for tracklet in tracklets)])
    boxes = np.concatenate([np.zeros((0, 4), np.float32), *(tracklet.boxes for tracklet in tracklets)])
    confidences = np.concatenate([np.zeros(0, np.float32), *(tracklet.confidences for tracklet in tracklets)])
    wide = boxes.astype(np.float64)
    middles, sizes = centers(wide), areas(wide)
    mean_area = _means(sizes, offsets)
    variance = _means((sizes - np.repeat(mean_area, np.diff(offsets))) ** 2, offsets)
    steps = np.maximum(frames[last] - frames[first], 1)
    velocity = (middles[last] - middles[first]) / steps[:, None]
    return TrackletStatistics(
        start_frame=frames[first],
        end_frame=frames[last],
        duration=frames[last] - frames[first] + 1,
        mean_center=_means(middles, offsets),
        center_jitter=np.sqrt(_means(path_deviations(frames, middles, offsets) ** 2, offsets)),
        mean_area=mean_area,
        area_variance=variance,
        mean_velocity=velocity,
        velocity_magnitude=np.hypot(velocity[:, 0], velocity[:, 1]),
        first_bbox=boxes[first],
        last_bbox=boxes[last],
        mean_confidence=_means(confidences.astype(np.float64), offsets),
    )


def path_deviations(frames: Int64, middles: NDArray[np.floating], offsets: Int64) -> Float64:
    """Distance `(R,)` of each centre from the straight line in time between the centre before and the one after.

    0 for the first and last row of a tracklet. Steady motion has none, however fast, so a walker and
    someone who dances on the spot differ by it, and a long and a short part of one walk do not.
    """
    deviations = np.zeros(len(frames))
    inner = np.ones(len(frames), bool)
    inner[offsets[:-1]] = False
    inner[offsets[1:] - 1] = False
    here = np.flatnonzero(inner)
    share = (frames[here] - frames[here - 1]) / (frames[here + 1] - frames[here - 1])
    expected = middles[here - 1] + share[:, None] * (middles[here + 1] - middles[here - 1])
    gaps = middles[here] - expected
    deviations[here] = np.hypot(gaps[:, 0], gaps[:, 1])
    return deviations


def _means(values: NDArray[np.floating], offsets: Int64) -> Float64:
    if len(offsets) == 1:
        return np.zeros((0, *values.shape[1:]))
    counts = np.diff(offsets).reshape((-1,) + (1,) * (values.ndim - 1))
    means: Float64 = np.add.reduceat(values, offsets[:-1], axis=0) / counts
    return means
