"""Pixels of a stored crop and back: JPEG or PNG files in, PNG out, which keeps every pixel.

A picture is uint8 `(height, width, 3)` in the order blue, green, red.
"""

import struct

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.errors import ObjectCorrupt

Picture = NDArray[np.uint8]

_PNG = b"\x89PNG\r\n\x1a\n"
_PNG_HEADER = struct.Struct(">8x4x4s2I")
_JPEG = b"\xff\xd8\xff"
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}  # ISO/IEC 10918-1, table B.1
_JPEG_BARE = frozenset({0x01, *range(0xD0, 0xD8)})
_PNG_OPTIONS = (
    cv2.IMWRITE_PNG_COMPRESSION,
    1,
    cv2.IMWRITE_PNG_STRATEGY,
    cv2.IMWRITE_PNG_STRATEGY_RLE,
    cv2.IMWRITE_PNG_FILTER,
    cv2.IMWRITE_PNG_FILTER_UP,
)  # the fastest that was measured, and smaller than what OpenCV does unasked: docs/crops.md
_WHOLE = cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION


def encode_png(picture: Picture) -> bytes:
    """The picture as a PNG file, the same bytes for the same pixels."""
    return cv2.imencode(".png", picture, _PNG_OPTIONS)[1].tobytes()


def decode_picture(data: bytes, height: int, width: int) -> Picture:
    """The pixels of a JPEG or PNG file that is said to be so large. Raises `ObjectCorrupt` where it isn't, before room is made for it."""
    if stored_size(data) != (height, width):
        raise ObjectCorrupt(f"an image of {height} x {width} pixels is neither a JPEG nor a PNG file of that size")
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), _WHOLE)
    if picture is None or picture.shape != (height, width, 3):
        raise ObjectCorrupt(f"an image of {height} x {width} pixels is damaged")
    return picture.astype(np.uint8, copy=False)


def stored_size(data: bytes) -> tuple[int, int] | None:
    """Height and width that the header of a PNG or JPEG file states; None for anything else."""
    if data.startswith(_PNG) and len(data) >= _PNG_HEADER.size:
        kind, width, height = _PNG_HEADER.unpack_from(data)
        return (height, width) if kind == b"IHDR" else None
    return _jpeg_size(data) if data.startswith(_JPEG) else None


def _jpeg_size(data: bytes) -> tuple[int, int] | None:
    place = 2
    while place + 9 <= len(data) and data[place] == 0xFF:
        marker = data[place + 1]
        if marker in _JPEG_FRAMES:
            height, width = struct.unpack_from(">2H", data, place + 5)
            return height, width
        if marker in _JPEG_BARE or marker == 0xFF:  # a marker without content, or a byte that fills
            place += 1 if marker == 0xFF else 2
        else:
            place += 2 + int.from_bytes(data[place + 2 : place + 4])
    return None
