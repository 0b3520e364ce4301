"""How far two successive tracklets miss each other when each is continued at its own pace."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from castlist.domain.geometry import centers
from castlist.domain.records import Float64, Int64, Tracklet
from castlist.domain.row_runs import row_offsets
from services.grouper.algorithms.pairs import TrackletPairs


def prediction_errors(tracklets: Sequence[Tracklet], pairs: TrackletPairs, window_frames: int, doubt_heights_per_frame: float) -> Float64:
    """Error `(M,)` in body heights: mean of the forward and the backward one, and some doubt for each frame of the gap.

    Forward: from the last centre of the earlier tracklet, moved on across the gap with the velocity of its
    last `window_frames` frames, to the first centre of the later one. Backward: the same from the later
    tracklet's first frames back. The height is the mean of the two boxes at the gap. Both directions
    count, since one who leaves the frame and another who enters there are near each other, but neither
    is where the other's motion leads. Doubt grows with the gap, since more others can have come by meanwhile. NaN across a cut.
    """
    offsets = row_offsets([len(tracklet.frame_numbers) for tracklet in tracklets])
    frames = np.concatenate([np.zeros(0, np.int64), *(tracklet.frame_numbers for tracklet in tracklets)])
    boxes = np.concatenate([np.zeros((0, 4)), *(tracklet.boxes for tracklet in tracklets)]).astype(np.float64)
    middles = centers(boxes)
    heights = boxes[:, 3] - boxes[:, 1]
    first, last = offsets[:-1], offsets[1:] - 1
    lengths = np.diff(offsets)
    at_start = frames < np.repeat(frames[first] + window_frames, lengths)
    at_end = frames > np.repeat(frames[last] - window_frames, lengths)
    gap = pairs.gap_frames[:, None]
    ends, starts = middles[last[pairs.earlier]], middles[first[pairs.later]]
    forward = ends + gap * _velocities(frames, middles, at_end, offsets)[pairs.earlier] - starts
    backward = starts - gap * _velocities(frames, middles, at_start, offsets)[pairs.later] - ends
    height = np.maximum((heights[last[pairs.earlier]] + heights[first[pairs.later]]) / 2, 1)
    missed = (np.hypot(*forward.T) + np.hypot(*backward.T)) / 2 / height
    errors: Float64 = np.where(pairs.cuts > 0, np.nan, missed + doubt_heights_per_frame * pairs.gap_frames)
    return errors


def _velocities(frames: Int64, middles: NDArray[np.floating], used: NDArray[np.bool_], offsets: Int64) -> Float64:
    """Least squares velocity `(N, 2)` of the used rows of each tracklet, px per frame; 0 for a single row."""
    weights = used.astype(np.float64)
    lengths = np.diff(offsets)
    counts = _sums(weights, offsets)
    times = frames - np.repeat(_sums(weights * frames, offsets) / counts, lengths)
    spread = _sums(weights * times**2, offsets)
    moved = _sums((weights * times)[:, None] * middles, offsets)
    slopes: Float64 = np.divide(moved, spread[:, None], out=np.zeros_like(moved), where=spread[:, None] > 0)
    return slopes


def _sums(values: Float64, offsets: Int64) -> Float64:
    if len(offsets) == 1:
        return np.zeros((0, *values.shape[1:]))
    total: Float64 = np.add.reduceat(values, offsets[:-1], axis=0)
    return total
