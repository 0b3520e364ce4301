"""Stored crops as pictures."""

import cv2
import numpy as np

from castlist.domain.records import CropPack
from castlist.errors import ObjectCorrupt
from services.reid.models.embedder import Picture


def decode_images(pack: CropPack) -> list[Picture]:
    """All crops of a pack. Raises `ObjectCorrupt` for one that is no JPEG, or of another size than the pack says."""
    return [_decode(image, shape, row) for row, (image, shape) in enumerate(zip(pack.images, pack.shapes.tolist(), strict=True))]


def _decode(image: bytes, shape: list[int], row: int) -> Picture:
    picture = cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)
    if picture is None or list(picture.shape[:2]) != shape:
        found = "no image" if picture is None else f"{picture.shape[1]} x {picture.shape[0]} px"
        raise ObjectCorrupt(f"crop {row} is {found}, its pack says {shape[1]} x {shape[0]} px")
    return picture.astype(np.uint8, copy=False)
