"""Boxes of a track with the detector's jitter taken out."""

from dataclasses import replace

import numpy as np

from castlist.domain.records import Float64, Tracklet

_REACH = 4  # standard deviations beyond which a row has no weight
_SIZE_FACTOR = 8 / 3  # sizes change more slowly than places


def smooth(tracklet: Tracklet, deviation_frames: float) -> Tracklet:
    """The tracklet with boxes from a local straight line through place, and one through size, weighted by a Gaussian in time.

    `deviation_frames` is the Gaussian's standard deviation for the centres; sizes take 8/3 of it. 0 leaves the boxes as
    detected. Steady motion is kept as it is. Source: local linear regression, Cleveland 1979.
    """
    if deviation_frames == 0 or len(tracklet.frame_numbers) < 2:
        return tracklet
    boxes = tracklet.boxes.astype(np.float64)
    times = tracklet.frame_numbers.astype(np.float64)
    middles = _lines(times, (boxes[:, :2] + boxes[:, 2:]) / 2, deviation_frames)
    sides = np.maximum(_lines(times, boxes[:, 2:] - boxes[:, :2], deviation_frames * _SIZE_FACTOR), (boxes[:, 2:] - boxes[:, :2]) / 2)
    return replace(tracklet, boxes=np.concatenate([middles - sides / 2, middles + sides / 2], axis=1).astype(np.float32))


def _lines(times: Float64, values: Float64, deviation: float) -> Float64:
    """At each row the value of the line fitted to its neighbours (N, 2); the mean where they stand at one time only."""
    count = len(times)
    moments = np.zeros((3, count))
    sums = np.zeros((2, *values.shape))
    reach = min(int(_REACH * deviation), count - 1)
    for shift in range(-reach, reach + 1):
        rows = np.arange(max(0, -shift), min(count, count - shift))
        away = times[rows + shift] - times[rows]
        weights = np.where(np.abs(away) <= _REACH * deviation, np.exp(-((away / deviation) ** 2) / 2), 0.0)
        for power in range(3):
            moments[power, rows] += weights * away**power
        sums[0, rows] += weights[:, None] * values[rows + shift]
        sums[1, rows] += (weights * away)[:, None] * values[rows + shift]
    spread = moments[0] * moments[2] - moments[1] ** 2
    several = spread > 1e-9 * moments[0] ** 2
    lines = moments[2][:, None] * sums[0] - moments[1][:, None] * sums[1]
    means = sums[0] / moments[0][:, None]
    found: Float64 = np.where(several[:, None], lines / np.where(several, spread, 1.0)[:, None], means)
    return found
