"""The crops of a segment as plain columns in an .npz: all that is known of them but the images, which lie in packs."""

import numpy as np

from castlist.codec.arrays import ColumnTypes, decode_table, encode_npz
from castlist.codec.image_places import PLACE_TYPES, checked_places, place_columns
from castlist.domain.records import CropList
from castlist.errors import ObjectCorrupt

_TYPES: ColumnTypes = {
    "frame_numbers": (np.int64, 1),
    "detection_indices": (np.int64, 1),
    "boxes": (np.float32, 2),
    "confidences": (np.float32, 1),
    "sharpness": (np.float32, 1),
    "shapes": (np.int64, 2),
    "blank": (np.bool_, 1),
    "windows": (np.int64, 1),
}
_NAME = "the list of a segment's crops"


def encode_crop_list(crops: CropList) -> bytes:
    """The columns as .npz, the same bytes for the same crops."""
    return encode_npz({name: getattr(crops, name) for name in _TYPES} | place_columns(crops.places))


def decode_crop_list(data: bytes) -> CropList:
    """What `encode_crop_list` wrote. Raises `ObjectCorrupt` for columns that are missing, of different lengths or can't be."""
    columns = decode_table(data, _TYPES | PLACE_TYPES, _NAME)
    if columns["boxes"].shape[1:] != (4,) or columns["shapes"].shape[1:] != (2,):
        raise ObjectCorrupt(f"{_NAME} has boxes or shapes of another width")
    return CropList(**{name: columns[name] for name in _TYPES}, places=checked_places(columns, _NAME))
