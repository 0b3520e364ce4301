"""Which of a segment's crops leave an image: everyone in turn where it is crowded, and who stands still once in a while."""

from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from castlist.domain.records import Bool, Float32
from castlist.domain.still_crops import repeats
from castlist.domain.video import VideoPlan
from services.detector.algorithms.crop_turns import in_turn


@dataclass(slots=True)
class CropBounds:
    """Asked frame by frame through one segment, for those frames that leave crops.

    Time from the video's start is divided into windows. An image that repeats one of its window's first frame is left out
    (`still_crops`); in a window that began before the segment that frame is not known and nothing is. So what is left out does
    depend on where the segment begins, but `still_crops` of the whole video's images does not.
    """

    _first_pts: int
    _windows_per_pts: Fraction
    _max_per_frame: int
    _window: int
    _is_known: bool = False
    _seen: Float32 | None = None

    @classmethod
    def of_segment(cls, plan: VideoPlan, previous_pts: int | None, still_interval_s: float, max_per_frame: int) -> "CropBounds":
        """`previous_pts` is the time of the frame before the segment, None for none. With `still_interval_s` 0 nothing is still."""
        interval = Fraction(still_interval_s).limit_denominator(1_000_000)
        bounds = cls(plan.first_pts, plan.time_base / interval if interval else Fraction(1), max_per_frame, -1)
        if previous_pts is not None:
            bounds._window = bounds._window_of(previous_pts)
        return bounds

    def images_of(self, pts: int, boxes: Float32) -> tuple[int, Bool]:
        """The window of a frame, and which of its boxes `(N, 4)` leave an image."""
        window = self._window_of(pts)
        if window != self._window:
            self._window, self._is_known, self._seen = window, True, None
        chosen = in_turn(boxes, pts - self._first_pts, self._max_per_frame)
        if self._seen is not None:
            return window, chosen & ~repeats(boxes, self._seen)
        if self._is_known and np.any(chosen):
            self._seen = boxes[chosen]
        return window, chosen

    def _window_of(self, pts: int) -> int:
        return (pts - self._first_pts) * self._windows_per_pts.numerator // self._windows_per_pts.denominator
