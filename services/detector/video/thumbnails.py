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


@dataclass(slots=True)
class SegmentThumbnails:
    """The thumbnails of a segment's frames, in order, handed out in parts of at most `PART_FRAMES`."""

    _luma: list[UInt8] = field(default_factory=list)
    _chroma: list[UInt8] = field(default_factory=list)

    def add(self, picture: NDArray[np.uint8]) -> None:
        """The next frame, upright BGR `(height, width, 3)`, of the same size as those before."""
        width, height = thumbnail_size(picture.shape[1], picture.shape[0])
        points = cv2.resize(picture, (width * _POINTS, height * _POINTS), interpolation=cv2.INTER_LINEAR)
        planes = cv2.cvtColor(cv2.resize(points, (width, height), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2YCrCb)
        coarse = cv2.resize(planes, (width // CHROMA_STEP, height // CHROMA_STEP), interpolation=cv2.INTER_AREA)
        self._luma.append(np.ascontiguousarray(planes[..., 0], np.uint8))
        self._chroma.append(np.ascontiguousarray(np.moveaxis(coarse[..., 1:], 2, 0), np.uint8))

    @property
    def is_full(self) -> bool:
        return len(self._luma) >= PART_FRAMES

    def taken(self) -> Thumbnails:
        """What was gathered since the last part, in which there is at least one frame."""
        part = Thumbnails(np.stack(self._luma), np.stack(self._chroma))
        self._luma, self._chroma = [], []
        return part

    def __len__(self) -> int:
        return len(self._luma)


def thumbnail_size(width_px: int, height_px: int) -> tuple[int, int]:
    """Width and height of the thumbnails of a video, multiples of 4: the longer side 64, the other as the frame's."""
    scale = LONG_SIDE_PX / max(width_px, height_px)
    width, height = (max(2, round(side * scale / CHROMA_STEP)) * CHROMA_STEP for side in (width_px, height_px))
    return width, height
