"""Where a camera looks in each frame, so that places in different frames can be compared."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float64, Int64

MOTION_COLUMNS = ("cosine", "sine", "right_px", "down_px")
"""Of a motion: zoom times cosine and sine of the turn, and the shift; `(x, y)` goes to `(c x - s y + right, s x + c y + down)`."""

_MOST_ZOOM, _FARTHEST_PX = 1e3, 1e6  # of the view since the path began; beyond it begins anew

Complex128 = NDArray[np.complex128]


@dataclass(frozen=True, slots=True, eq=False)
class CameraPath:
    """The path over F frames. What stands still has one place z = x + iy for all frames, and is seen at `turns * z + shifts`.

    `turns`, `shifts` complex128 (F,), in pixels. The places are those of the pixels of a shot's first frame.
    """

    turns: Complex128
    shifts: Complex128

    def placed(self, frames: Int64, boxes: NDArray[np.floating]) -> Float64:
        """Boxes (N, 4) that were seen in some frames (N,), where they stand: centres moved, sides zoomed."""
        turns, shifts = self.turns[frames], self.shifts[frames]
        return _boxes((_middles(boxes) - shifts) / turns, _sides(boxes) / np.abs(turns)[:, None])

    def seen(self, frames: Int64, boxes: NDArray[np.floating]) -> Float64:
        """Inverse of `placed`."""
        turns, shifts = self.turns[frames], self.shifts[frames]
        return _boxes(turns * _middles(boxes) + shifts, _sides(boxes) * np.abs(turns)[:, None])


def camera_path(motions: Float64, cuts: Int64) -> CameraPath:
    """The path of a camera that moved to each frame as `motions` (F, 4) say, see `MOTION_COLUMNS`. It begins anew at each cut."""
    begins = set(cuts.tolist())
    turns, shifts = np.ones(len(motions), np.complex128), np.zeros(len(motions), np.complex128)
    turn, shift = 1 + 0j, 0j
    for frame, (cosine, sine, right, down) in enumerate(motions.tolist()):
        by = complex(cosine, sine)
        turn, shift = by * turn, by * shift + complex(right, down)
        if frame in begins or not (1 / _MOST_ZOOM < abs(turn) < _MOST_ZOOM and abs(shift) < _FARTHEST_PX):
            turn, shift = 1 + 0j, 0j
        turns[frame], shifts[frame] = turn, shift
    return CameraPath(turns, shifts)


def _middles(boxes: NDArray[np.floating]) -> Complex128:
    wide = boxes.astype(np.float64)
    middles: Complex128 = (wide[:, 0] + wide[:, 2]) / 2 + 1j * (wide[:, 1] + wide[:, 3]) / 2
    return middles


def _sides(boxes: NDArray[np.floating]) -> Float64:
    wide: Float64 = boxes[:, 2:].astype(np.float64) - boxes[:, :2]
    return wide


def _boxes(middles: Complex128, sides: Float64) -> Float64:
    centres = np.stack([middles.real, middles.imag], axis=1)
    return np.concatenate([centres - sides / 2, centres + sides / 2], axis=1)
