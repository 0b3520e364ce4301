"""Where images lie in stored packs, as columns beside others in an .npz; and what tells that an image is the one that was stored."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import ColumnTypes
from castlist.codec.crops_hdf5 import PackedCrops
from castlist.domain.records import DIGEST_BYTES, ImagePlaces
from castlist.errors import ObjectCorrupt

PLACE_TYPES: ColumnTypes = {
    "packs": (np.int64, 1),
    "offsets": (np.int64, 1),
    "lengths": (np.int64, 1),
    "digests": (np.uint8, 2),
}


def image_digest(image: bytes) -> bytes:
    """What `ImagePlaces.digests` holds."""
    return hashlib.sha256(image).digest()[:DIGEST_BYTES]


def places_in(number: int, packed: PackedCrops, images: Sequence[bytes]) -> ImagePlaces:
    """Where the images of a pack lie, of which `number` is to be the number."""
    digests = np.frombuffer(b"".join(map(image_digest, images)), np.uint8).reshape(-1, DIGEST_BYTES)
    return ImagePlaces(np.full(len(images), number), packed.offsets, packed.lengths, digests)


def place_columns(places: ImagePlaces) -> dict[str, NDArray[np.generic]]:
    return {name: getattr(places, name) for name in PLACE_TYPES}


def checked_places(columns: Mapping[str, Any], name: str) -> ImagePlaces:
    """The places in columns of these types. Raises `ObjectCorrupt`, which says `name`, for what can't be a place."""
    places = ImagePlaces(*(columns[column] for column in PLACE_TYPES))
    stored = places.packs >= 0
    if places.digests.shape[1] != DIGEST_BYTES or np.any(places.packs < -1):
        raise ObjectCorrupt(f"{name} has digests or pack numbers that can't be")
    if np.any(places.offsets[stored] < 0) or np.any(places.lengths[stored] < 1):
        raise ObjectCorrupt(f"{name} has images at places that can't be")
    return places
