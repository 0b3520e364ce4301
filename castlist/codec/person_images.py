"""Whose the images of the by-person pack are and where in it they lie, as plain columns in an .npz."""

import numpy as np

from castlist.codec.arrays import ColumnTypes, decode_table, encode_npz
from castlist.codec.image_places import PLACE_TYPES, checked_places, place_columns
from castlist.domain.records import PersonImages

_TYPES: ColumnTypes = {
    "person_ids": (np.int64, 1),
    "frame_numbers": (np.int64, 1),
    "detection_indices": (np.int64, 1),
}
_NAME = "the list of persons' images"


def encode_person_images(images: PersonImages) -> bytes:
    """The columns as .npz, the same bytes for the same images."""
    return encode_npz({name: getattr(images, name) for name in _TYPES} | place_columns(images.places))


def decode_person_images(data: bytes) -> PersonImages:
    """What `encode_person_images` wrote. Raises `ObjectCorrupt` for columns that are missing, of different lengths or can't be."""
    columns = decode_table(data, _TYPES | PLACE_TYPES, _NAME)
    return PersonImages(**{name: columns[name] for name in _TYPES}, places=checked_places(columns, _NAME))
