"""A small grey picture of every frame, which tells cuts and the camera's motion when the video is at hand no more."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

WIDTH_PX, HEIGHT_PX = 64, 36


@dataclass(slots=True)
class SegmentThumbnails:
    """The thumbnails of a segment's frames, in order."""

    _pictures: list[NDArray[np.uint8]] = field(default_factory=list)

    def add(self, picture: NDArray[np.uint8]) -> None:
        """The next frame, BGR `(height, width, 3)`."""
        small = cv2.resize(picture, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA)
        self._pictures.append(cv2.cvtColor(small, cv2.COLOR_BGR2GRAY).astype(np.uint8, copy=False))

    def pictures(self) -> NDArray[np.uint8]:
        """All of them, `(F, HEIGHT_PX, WIDTH_PX)`."""
        return np.array(self._pictures, np.uint8).reshape(-1, HEIGHT_PX, WIDTH_PX)
