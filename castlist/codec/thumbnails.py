"""Thumbnails of a run of frames as an .npz: each frame as its difference from the one before, modulo 256.

For F frames: `size` int64 (F, h, w) and `steps`, the bytes of a zlib stream of rows, one a frame: brightness (h, w), then both colours
(2, h/4, w/4), Cr before Cb; the first row is the first frame itself. Of a still camera little more than the motion remains: 380 to 980
bytes a frame.
"""

import zlib
from typing import Any

import numpy as np

from castlist.codec.arrays import ColumnTypes, decode_columns, encode_npz
from castlist.domain.shots import CHROMA_STEP, Thumbnails, UInt8
from castlist.errors import ObjectCorrupt

_TYPES: ColumnTypes = {"size": (np.int64, 1), "steps": (np.uint8, 1)}
_STORED = 0  # level of deflate: there is nothing left to gain
_LUMA_PER_CHROMA = CHROMA_STEP**2 // 2  # values of brightness to one of colour


def encode_thumbnails(thumbnails: Thumbnails) -> bytes:
    """The same bytes for the same pictures."""
    count, height, width = thumbnails.luma.shape
    rows = np.hstack([thumbnails.luma.reshape(count, height * width), thumbnails.chroma.reshape(count, height * width // _LUMA_PER_CHROMA)])
    # Noise has runs and rare levels, but repeats nothing: looking for repetitions takes six times as long and gains nothing.
    stream = zlib.compressobj(strategy=zlib.Z_RLE)
    steps = stream.compress(np.diff(rows, axis=0, prepend=np.zeros_like(rows[:1])).tobytes()) + stream.flush()
    return encode_npz({"size": np.array(thumbnails.luma.shape, np.int64), "steps": np.frombuffer(steps, np.uint8)}, _STORED)


def decode_thumbnails(data: bytes) -> Thumbnails:
    """What `encode_thumbnails` wrote. Raises `ObjectCorrupt` for anything else."""
    columns: dict[str, Any] = decode_columns(data, _TYPES, "the thumbnails")
    size = columns["size"].tolist()
    if len(size) != 3 or min(size) < 0 or size[1] % CHROMA_STEP or size[2] % CHROMA_STEP:
        raise ObjectCorrupt(f"the thumbnails' size {size} is none")
    count, height, width = size
    luma_bytes = height * width
    rows = np.cumsum(_rows(columns["steps"], count, luma_bytes + luma_bytes // _LUMA_PER_CHROMA), axis=0, dtype=np.uint8)
    chroma = rows[:, luma_bytes:].reshape(count, 2, height // CHROMA_STEP, width // CHROMA_STEP)
    return Thumbnails(rows[:, :luma_bytes].reshape(count, height, width), chroma)


def _rows(stream: UInt8, count: int, length: int) -> UInt8:
    """`count` rows of that length, and not a byte more is unpacked."""
    try:
        content = zlib.decompressobj().decompress(stream.tobytes(), count * length + 1)
    except (zlib.error, OverflowError) as fault:
        raise ObjectCorrupt(f"the thumbnails can't be read: {fault}") from fault
    if len(content) != count * length:
        raise ObjectCorrupt(f"the thumbnails hold {len(content)} bytes where {count} frames have {count * length}")
    return np.frombuffer(content, np.uint8).reshape(count, length)
