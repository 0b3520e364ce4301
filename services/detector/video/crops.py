"""Crops as stored: JPEG, with what only their pixels tell."""

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Int64

_MEASURED_WIDTH_PX, _MEASURED_HEIGHT_PX = 64, 128


def encode_jpegs(picture: NDArray[np.uint8], rectangles: Int64, quality: int) -> list[bytes]:
    """The parts `(x1, y1, x2, y2)`, end excluded, of a BGR picture as JPEG files of a quality of 1 to 100."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return [cv2.imencode(".jpg", picture[y1:y2, x1:x2], options)[1].tobytes() for x1, y1, x2, y2 in rectangles.tolist()]


def laplacian_variances(picture: NDArray[np.uint8], rectangles: Int64) -> list[float]:
    """How sharp those parts are: the variance of the Laplacian of the grey part (Pech-Pacheco et al., ICPR 2000).

    Each is brought to 64 x 128 px first, since the measure falls with the number of pixels that an edge is wide.
    """
    return [_laplacian_variance(picture[y1:y2, x1:x2]) for x1, y1, x2, y2 in rectangles.tolist()]


def _laplacian_variance(crop: NDArray[np.uint8]) -> float:
    shrinks = crop.shape[0] > _MEASURED_HEIGHT_PX and crop.shape[1] > _MEASURED_WIDTH_PX
    grey = cv2.cvtColor(crop, cv2.COLOR_BGR2GRAY)
    measured = cv2.resize(grey, (_MEASURED_WIDTH_PX, _MEASURED_HEIGHT_PX), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    return float(cv2.Laplacian(measured, cv2.CV_16S).var(dtype=np.float64))
