"""Boxes of tracks with the detector's jitter taken out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from castlist.domain.camera_path import CameraPath
from castlist.domain.records import Float64, Int64, Tracklet
from castlist.domain.row_runs import row_offsets

_REACH = 4  # standard deviations beyond which a row has no weight
_SIZE_FACTOR = 2  # sizes change more slowly than places
_BLOCK_ROWS = 1 << 15  # rows that are worked at together: many tracklets in one step, within a processor's cache


def smooth(tracklets: Sequence[Tracklet], deviation_frames: float, camera: CameraPath | None = None) -> tuple[Tracklet, ...]:
    """Tracklets with boxes from a local straight line through place, and one through size, weighted by a Gaussian in time.

    `deviation_frames` is the Gaussian's standard deviation for the centres; sizes take twice of it. 0 leaves the boxes as
    detected. Steady motion is kept as it is; of a moving `camera` so is its motion. Source: local linear regression, Cleveland 1979.
    """
    if deviation_frames == 0:
        return tuple(tracklets)
    return tuple(found for block in _blocks(tracklets) for found in _smooth_block(block, deviation_frames, camera))


def _blocks(tracklets: Sequence[Tracklet]) -> Iterator[list[Tracklet]]:
    block: list[Tracklet] = []
    rows = 0
    for tracklet in tracklets:
        block.append(tracklet)
        rows += len(tracklet.frame_numbers)
        if rows >= _BLOCK_ROWS:
            yield block
            block, rows = [], 0
    if block:
        yield block


def _smooth_block(tracklets: Sequence[Tracklet], deviation: float, camera: CameraPath | None) -> Iterator[Tracklet]:
    lengths = [len(tracklet.frame_numbers) for tracklet in tracklets]
    owners = np.repeat(np.arange(len(tracklets)), lengths)
    frames = np.concatenate([tracklet.frame_numbers for tracklet in tracklets])
    boxes = np.concatenate([tracklet.boxes for tracklet in tracklets]).astype(np.float64)
    standing = boxes if camera is None else camera.placed(frames, boxes)
    smoothed = _smooth_boxes(frames.astype(np.float64), standing, owners, deviation)
    found = (smoothed if camera is None else camera.seen(frames, smoothed)).astype(np.float32)
    offsets = row_offsets(lengths)
    for number, tracklet in enumerate(tracklets):
        yield replace(tracklet, boxes=found[offsets[number] : offsets[number + 1]]) if lengths[number] > 1 else tracklet


def _smooth_boxes(times: Float64, boxes: Float64, owners: Int64, deviation: float) -> Float64:
    middles = _lines(times, (boxes[:, :2] + boxes[:, 2:]) / 2, owners, deviation)
    lines = _lines(times, boxes[:, 2:] - boxes[:, :2], owners, deviation * _SIZE_FACTOR)
    sides = np.maximum(lines, (boxes[:, 2:] - boxes[:, :2]) / 2)
    return np.concatenate([middles - sides / 2, middles + sides / 2], axis=1)


def _lines(times: Float64, values: Float64, owners: Int64, deviation: float) -> Float64:
    """At each row the value of the line fitted to its neighbours of the same owner (N, 2); the mean where they stand at one time only.

    Rows are by owner, then time.
    """
    moments = np.zeros((3, len(times)))
    sums = np.zeros((2, 2, len(times)))
    across = np.ascontiguousarray(values.T)
    reach = min(int(_REACH * deviation), int(np.bincount(owners).max()) - 1)
    for shift in range(-reach, reach + 1):
        here, there = slice(max(0, -shift), len(times) - max(0, shift)), slice(max(0, shift), len(times) - max(0, -shift))
        away = times[there] - times[here]
        counts = (owners[there] == owners[here]) & (np.abs(away) <= _REACH * deviation)
        weights = np.where(counts, np.exp(-((away / deviation) ** 2) / 2), 0.0)
        for power in range(3):
            moments[power, here] += weights * away**power
        sums[0, :, here] += weights * across[:, there]
        sums[1, :, here] += (weights * away) * across[:, there]
    spread = moments[0] * moments[2] - moments[1] ** 2
    several = spread > 1e-9 * moments[0] ** 2
    lines = moments[2] * sums[0] - moments[1] * sums[1]
    found: Float64 = np.where(several, lines / np.where(several, spread, 1.0), sums[0] / moments[0])
    return np.ascontiguousarray(found.T)
