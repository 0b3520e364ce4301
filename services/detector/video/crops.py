"""Crops as stored: JPEG."""

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Int64


def encode_jpegs(picture: NDArray[np.uint8], rectangles: Int64, quality: int) -> list[bytes]:
    """The parts `(x1, y1, x2, y2)`, end excluded, of a BGR picture as JPEG files of a quality of 1 to 100."""
    options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    return [cv2.imencode(".jpg", picture[y1:y2, x1:x2], options)[1].tobytes() for x1, y1, x2, y2 in rectangles.tolist()]
