"""Who is seen together with whom: two that share a frame are two people."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Float64, Int64, Person, Tracklet


@dataclass(frozen=True, slots=True, eq=False)
class Meetings:
    """M pairs of rows that share a frame, `first` < `second`, ordered by both: int64 (M,).

    `shared_frames`: in how many frames both are seen. `apart_frames`: in how many of them neither box holds more than
    half of the other; only there it is sure that the detector did not find one person twice.
    """

    first: Int64
    second: Int64
    shared_frames: Int64
    apart_frames: Int64


def meetings(tracks: Sequence[Tracklet] | Sequence[Person]) -> Meetings:
    """All pairs of tracks that share a frame; rows are places in the sequence.

    Time and memory grow with rows times people in a frame, not with the square of the number of tracks.
    """
    none = np.zeros(0, np.int64)
    frames = np.concatenate([none, *(track.frame_numbers for track in tracks)])
    boxes = np.concatenate([np.zeros((0, 4)), *(track.boxes for track in tracks)]).astype(np.float64)
    rows = np.repeat(np.arange(len(tracks)), [len(track.frame_numbers) for track in tracks])
    order = np.lexsort((rows, frames))
    frames, boxes, rows = frames[order], boxes[order], rows[order]
    codes, apart = [none], [np.zeros(0)]
    step = 1
    while True:
        here = np.flatnonzero(frames[step:] == frames[: len(frames) - step]) if step < len(frames) else none
        if not len(here):
            break
        codes.append(rows[here] * len(tracks) + rows[here + step])
        apart.append((covered(boxes[here], boxes[here + step]) <= 1 / 2).astype(np.float64))
        step += 1
    pairs, place = np.unique(np.concatenate(codes), return_inverse=True)
    width = max(len(tracks), 1)
    return Meetings(
        first=pairs // width,
        second=pairs % width,
        shared_frames=np.bincount(place, minlength=len(pairs)).astype(np.int64),
        apart_frames=np.bincount(place, np.concatenate(apart), len(pairs)).astype(np.int64),
    )


def covered(first: Float64, second: Float64) -> Float64:
    """Part of the smaller of each two boxes `(N, 4)` that the other one covers, 0..1."""
    sides = np.clip(np.minimum(first[:, 2:], second[:, 2:]) - np.maximum(first[:, :2], second[:, :2]), 0, None)
    areas = [np.prod(np.clip(boxes[:, 2:] - boxes[:, :2], 0, None), axis=1) for boxes in (first, second)]
    part: Float64 = np.prod(sides, axis=1) / np.maximum(np.minimum(*areas), 1e-9)
    return np.minimum(part, 1.0)
