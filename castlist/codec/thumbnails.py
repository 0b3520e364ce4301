"""The thumbnails of a segment's frames as .npz bytes."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import decode_columns, encode_npz


def encode_thumbnails(pictures: NDArray[np.uint8]) -> bytes:
    """Grey pictures `(F, height, width)`, the same bytes for the same pictures."""
    return encode_npz({"pictures": pictures})


def decode_thumbnails(data: bytes) -> NDArray[np.uint8]:
    """What `encode_thumbnails` wrote. Raises `ObjectCorrupt` for anything else."""
    columns: dict[str, Any] = decode_columns(data, {"pictures": (np.uint8, 3)}, "the thumbnails")
    pictures: NDArray[np.uint8] = columns["pictures"]
    return pictures
