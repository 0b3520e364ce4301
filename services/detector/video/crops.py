"""Crops as stored, with what only their pixels tell."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.codec.pictures import Picture, encode_png
from castlist.domain.records import Float32, Int64

JPEG = "jpeg"
_MEASURED_WIDTH_PX, _MEASURED_HEIGHT_PX = 64, 128
_MEASURED_PX = _MEASURED_WIDTH_PX * _MEASURED_HEIGHT_PX
_DARK_SHARE, _LIGHT_SHARE = 0.05, 0.95


@dataclass(frozen=True, slots=True)
class CropCodec:
    """How crops are stored: `jpeg` at a quality of 1 to 100, or `png`; scaled down to `max_side_px`, never for 0."""

    name: str
    jpeg_quality: int
    max_side_px: int


@dataclass(frozen=True, slots=True, eq=False)
class CropLooks:
    """What the pixels of N crops tell.

    `sharpness` (N,): the variance of the Laplacian of the grey crop (Pech-Pacheco et al., ICPR 2000). `tone_spreads` (N,): grey levels,
    0 to 255, between those that 5 % of a crop's pixels lie below and 5 % above. Both of the crop brought to 64 x 128 px, since the
    variance falls with the number of pixels that an edge is wide.
    """

    sharpness: Float32
    tone_spreads: Int64


def parts_of(picture: Picture, rectangles: Int64) -> list[Picture]:
    """The parts `(x1, y1, x2, y2)`, end excluded, of a picture: views, not copies."""
    return [picture[y1:y2, x1:x2] for x1, y1, x2, y2 in rectangles.tolist()]


def encode_image(crop: Picture, codec: CropCodec) -> tuple[bytes, tuple[int, int]]:
    """A BGR crop as an image file, with its height and width in pixels."""
    size = crop.shape[1], crop.shape[0]
    fitting = _fitting(size, codec.max_side_px)
    image = crop if fitting == size else cv2.resize(crop, fitting, interpolation=cv2.INTER_AREA).astype(np.uint8, copy=False)
    return _encode(image, codec), (fitting[1], fitting[0])


def looks_of(crops: Sequence[Picture]) -> CropLooks:
    """What N crops, BGR, tell."""
    sharpness = np.zeros(len(crops), np.float32)
    tones = np.zeros((len(crops), 256), np.float32)  # counts below 2^24 are exact
    for number, crop in enumerate(crops):
        measured = _measured(crop)
        tones[number] = cv2.calcHist([measured], [0], None, [256], [0, 256])[:, 0]
        _, deviation = cv2.meanStdDev(cv2.Laplacian(measured, cv2.CV_16S))
        sharpness[number] = deviation[0, 0] ** 2
    darker = np.cumsum(tones, axis=1)
    dark, light = (np.count_nonzero(darker < share * _MEASURED_PX, axis=1) for share in (_DARK_SHARE, _LIGHT_SHARE))
    return CropLooks(sharpness, light - dark)


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


def _measured(crop: Picture) -> NDArray[np.uint8]:
    """A crop in grey, 64 x 128 px: halved while it can be, which is fast, so that what is left to shrink hardly skips pixels."""
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    while grey.shape[0] >= 2 * _MEASURED_HEIGHT_PX and grey.shape[1] >= 2 * _MEASURED_WIDTH_PX:
        height, width = grey.shape[0] // 2, grey.shape[1] // 2
        grey = cv2.resize(grey[: 2 * height, : 2 * width], (width, height), interpolation=cv2.INTER_AREA)
    measured = cv2.resize(grey, (_MEASURED_WIDTH_PX, _MEASURED_HEIGHT_PX), interpolation=cv2.INTER_LINEAR)
    return measured.astype(np.uint8, copy=False)
