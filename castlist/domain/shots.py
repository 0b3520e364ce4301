"""Small pictures of all frames, the places where a new shot begins, and what is carried from segment to segment to find them."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

Int64 = NDArray[np.int64]
UInt8 = NDArray[np.uint8]

CHROMA_STEP = 4
"""A thumbnail's colours are kept at this part of the size."""


@dataclass(frozen=True, slots=True, eq=False)
class Thumbnails:
    """Small pictures of F frames in order: brightness `luma` (F, h, w), and `chroma` (F, 2, h/4, w/4), Cr and Cb of BT.601.

    0..255; h and w are multiples of 4. Each pixel is the mean of the part of the upright frame that it covers.
    """

    luma: UInt8
    chroma: UInt8


NO_CUTS: Int64 = np.zeros(0, np.int64)
NO_CUTS.flags.writeable = False


def cuts_between(cuts: Int64, earlier: Int64, later: Int64) -> Int64:
    """How many shots begin after each of some frames and up to each of others; `cuts`: their first frames, rising."""
    counts: Int64 = np.searchsorted(cuts, later, "right") - np.searchsorted(cuts, earlier, "right")
    return counts


class Transition(StrEnum):
    """How one shot goes over to the next.

    `cut`: from one frame to the next. `fade`: through black, white or another single colour. `dissolve`: both are seen, mixed.
    """

    CUT = "cut"
    FADE = "fade"
    DISSOLVE = "dissolve"


@dataclass(frozen=True, slots=True)
class ShotCut:
    """A new shot begins with frame `frame`, counted from the video's start.

    `from_frame`: the first frame of the transition, `frame` itself for a cut. Frames of one colour belong to the shot before,
    frames of a dissolve to that which they show more of. `score`: how much the picture changed, 0 not at all, about 1 altogether.
    """

    frame: int
    kind: Transition
    from_frame: int
    score: float


@dataclass(frozen=True, slots=True)
class PendingCut:
    """A change that may be a cut, or a flash: the next frames tell.

    `cut` as it will be if it is one. `reference` is the frame that the picture would return to. `sure`: no return can undo it.
    `changes` are those from frame to frame since.
    """

    cut: ShotCut
    reference: int
    sure: bool
    changes: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class ShotState:
    """All that finding cuts carries from one frame to the next; its size is bounded.

    `frame_count` frames were seen. `kept_frames` int64 (K,), rising, with `kept`: pictures that are compared later, the last
    one among them. `last_frame` and `clear_frame`: the last that is not of one colour, and the last that has much contrast, -1 for
    none. `empty_from`: where the frames of one colour began that the last one ends, -1 if it is none. `contrast`: that of the shot.
    `usual_change`: usual change from frame to frame. `shot_from`: where dissolves are looked for from. `ticks` uint8 (N, D):
    pictures at half the size of the last `tick_frames` int64 (N,), rising.
    """

    frame_count: int
    last_frame: int
    clear_frame: int
    empty_from: int
    shot_from: int
    contrast: float
    usual_change: float
    pending: tuple[PendingCut, ...]
    kept_frames: Int64
    kept: Thumbnails
    tick_frames: Int64
    ticks: UInt8
