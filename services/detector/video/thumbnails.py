"""A small picture of every frame, which tells cuts and the camera's motion when the video is at hand no more."""

from dataclasses import dataclass, field

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.shots import CHROMA_STEP, Thumbnails, UInt8

LONG_SIDE_PX = 64
PART_FRAMES = 4096
"""Thumbnails are handed out when there are this many: some 14 megabytes as they are, two to four when stored."""

_POINTS = 4  # of the frame, in a row and in a column, looked at for one pixel: as good as all of it, and cheaper
_TOGETHER = 8
"""Frames whose points become thumbnails at once: code that a network's turn pushed out of the caches costs more than its work."""


@dataclass(slots=True)
class SegmentThumbnails:
    """The thumbnails of a segment's frames, in order, handed out in parts of at most `PART_FRAMES`."""

    _points: UInt8 | None = None
    _waiting: int = 0
    _parts: list[Thumbnails] = field(default_factory=list)
    _count: int = 0

    def add(self, picture: NDArray[np.uint8]) -> None:
        """The next frame, upright BGR `(height, width, 3)`, of the same size as those before."""
        if self._points is None:
            width, height = thumbnail_size(picture.shape[1], picture.shape[0])
            self._points = np.empty((_TOGETHER, height * _POINTS, width * _POINTS, 3), np.uint8)
        points = self._points[self._waiting]
        cv2.resize(picture, (points.shape[1], points.shape[0]), dst=points, interpolation=cv2.INTER_LINEAR)
        self._waiting += 1
        self._count += 1
        if self._waiting == _TOGETHER:
            self._make()

    @property
    def is_full(self) -> bool:
        return self._count >= PART_FRAMES

    def taken(self) -> Thumbnails:
        """What was gathered since the last part, in which there is at least one frame."""
        if self._waiting:
            self._make()
        part = Thumbnails(np.concatenate([part.luma for part in self._parts]), np.concatenate([part.chroma for part in self._parts]))
        self._parts, self._count = [], 0
        return part

    def __len__(self) -> int:
        return self._count

    def _make(self) -> None:
        assert self._points is not None
        self._parts.append(_thumbnails(self._points[: self._waiting]))
        self._waiting = 0


def thumbnail_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height of the thumbnails of a video, multiples of 4: the longer side 64, the other as the frame's."""
    scale = LONG_SIDE_PX / max(width_px, height_px)
    width, height = (max(2, round(side * scale / CHROMA_STEP)) * CHROMA_STEP for side in (width_px, height_px))
    return width, height


def _thumbnails(points: UInt8) -> Thumbnails:
    """Of F frames' points, BGR `(F, 4 h, 4 w, 3)`, treated as one high picture."""
    frames, height, width = len(points), points.shape[1] // _POINTS, points.shape[2] // _POINTS
    means = _halved(_halved(points.reshape(-1, *points.shape[2:])))
    planes = cv2.cvtColor(means, cv2.COLOR_BGR2YCrCb).astype(np.uint8, copy=False)
    coarse = _halved(_halved(planes))[..., 1:].reshape(frames, height // CHROMA_STEP, width // CHROMA_STEP, 2)
    luma = planes[..., 0].reshape(frames, height, width)
    return Thumbnails(np.ascontiguousarray(luma), np.ascontiguousarray(np.moveaxis(coarse, 3, 1)))


def _halved(picture: UInt8) -> UInt8:
    """Means of two by two pixels: to halve twice takes a third of the time that a quarter at once does."""
    return cv2.resize(picture, (picture.shape[1] // 2, picture.shape[0] // 2), interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
