"""Crops as stored, with what only their pixels tell."""

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np

from castlist.codec.pictures import Picture, encode_png
from castlist.domain.records import Int64

JPEG = "jpeg"
_MEASURED_WIDTH_PX, _MEASURED_HEIGHT_PX = 64, 128
_DARK_SHARE, _LIGHT_SHARE = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class CropCodec:
    """How crops are stored: `jpeg` at a quality of 1 to 100, or `png`; scaled down to `max_side_px`, never for 0."""

    name: str
    jpeg_quality: int
    max_side_px: int


@dataclass(frozen=True, slots=True)
class CropLook:
    """What a crop's pixels tell.

    `sharpness`: the variance of the Laplacian of the grey crop (Pech-Pacheco et al., ICPR 2000). `tone_spread`: grey levels, 0 to 255,
    between those that 5 % of its pixels lie below and 5 % above. Both of the crop brought to 64 x 128 px, since the variance
    falls with the number of pixels that an edge is wide.
    """

    sharpness: float
    tone_spread: int


def encode_images(picture: Picture, rectangles: Int64, codec: CropCodec) -> Iterator[tuple[bytes, tuple[int, int]]]:
    """The parts `(x1, y1, x2, y2)`, end excluded, of a BGR picture as image files, each with its height and width in pixels."""
    for x1, y1, x2, y2 in rectangles.tolist():
        crop = picture[y1:y2, x1:x2]
        size = _fitting((x2 - x1, y2 - y1), codec.max_side_px)
        if size != (x2 - x1, y2 - y1):
            crop = cv2.resize(crop, size, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
        yield _encode(crop, codec), (size[1], size[0])


def looks_of(picture: Picture, rectangles: Int64) -> list[CropLook]:
    """Of each of those parts."""
    return [_look(picture[y1:y2, x1:x2]) for x1, y1, x2, y2 in rectangles.tolist()]


def _fitting(size_px: tuple[int, int], max_side_px: int) -> tuple[int, int]:
    longest = max(size_px)
    if not 0 < max_side_px < longest:
        return size_px
    width, height = (max(1, round(side * max_side_px / longest)) for side in size_px)
    return width, height


def _encode(crop: Picture, codec: CropCodec) -> bytes:
    if codec.name == JPEG:
        return cv2.imencode(".jpg", crop, [cv2.IMWRITE_JPEG_QUALITY, codec.jpeg_quality])[1].tobytes()
    return encode_png(crop)


def _look(crop: Picture) -> CropLook:
    shrinks = crop.shape[0] > _MEASURED_HEIGHT_PX and crop.shape[1] > _MEASURED_WIDTH_PX
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    measured = cv2.resize(grey, (_MEASURED_WIDTH_PX, _MEASURED_HEIGHT_PX), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    so_far = np.cumsum(cv2.calcHist([measured], [0], None, [256], [0, 256]))  # counts below 2^24 are exact in its 32-bit floats
    dark, light = np.searchsorted(so_far, [_DARK_SHARE * measured.size, _LIGHT_SHARE * measured.size]).tolist()
    _, deviation = cv2.meanStdDev(cv2.Laplacian(measured, cv2.CV_16S))
    return CropLook(float(deviation[0, 0] ** 2), light - dark)
