"""Thumbnails of a run of frames as an .npz: each frame as its difference from the one before, modulo 256.

For F frames: `luma` uint8 (F, h, w) and `chroma` uint8 (F, 2, h/4, w/4), Cr before Cb; the first row of each is the first frame
itself. Of a still camera little more than the motion remains: 380 to 980 bytes a frame.
"""

from typing import Any

import numpy as np

from castlist.codec.arrays import decode_columns, encode_npz
from castlist.domain.shots import CHROMA_STEP, Thumbnails, UInt8
from castlist.errors import ObjectCorrupt

_LEVEL = 6  # of deflate: a fifth less than the lowest for less than 0.1 ms a frame


def encode_thumbnails(thumbnails: Thumbnails) -> bytes:
    """The same bytes for the same pictures."""
    return encode_npz({"luma": _steps(thumbnails.luma), "chroma": _steps(thumbnails.chroma)}, _LEVEL)


def decode_thumbnails(data: bytes) -> Thumbnails:
    """What `encode_thumbnails` wrote. Raises `ObjectCorrupt` for anything else."""
    columns: dict[str, Any] = decode_columns(data, {"luma": (np.uint8, 3), "chroma": (np.uint8, 4)}, "the thumbnails")
    luma, chroma = columns["luma"], columns["chroma"]
    count, height, width = luma.shape
    if chroma.shape != (count, 2, height // CHROMA_STEP, width // CHROMA_STEP) or height % CHROMA_STEP or width % CHROMA_STEP:
        raise ObjectCorrupt(f"the thumbnails' brightness {luma.shape} and colours {chroma.shape} do not fit together")
    return Thumbnails(np.cumsum(luma, axis=0, dtype=np.uint8), np.cumsum(chroma, axis=0, dtype=np.uint8))


def _steps(planes: UInt8) -> UInt8:
    return np.diff(planes, axis=0, prepend=np.zeros_like(planes[:1]))
