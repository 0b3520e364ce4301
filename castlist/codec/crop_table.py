"""The table of a video's crops as plain columns in an .npz, one array for each field of `CropTable`."""

from dataclasses import fields

import numpy as np

from castlist.codec.arrays import ColumnTypes, decode_table, encode_npz
from castlist.domain.records import CropTable

_TYPES: ColumnTypes = {
    "tracklet_ids": (np.int64, 1),
    "frame_numbers": (np.int64, 1),
    "detection_indices": (np.int64, 1),
    "boxes": (np.float32, 2),
    "confidences": (np.float32, 1),
    "shapes": (np.int64, 2),
    "overlaps": (np.float64, 1),
    "sharpness": (np.float32, 1),
    "quality_scores": (np.float64, 1),
    "rejections": (np.int64, 1),
    "blank": (np.bool_, 1),
    "embedded": (np.bool_, 1),
    "kept_packs": (np.int64, 1),
    "kept_offsets": (np.int64, 1),
    "kept_lengths": (np.int64, 1),
    "kept_digests": (np.uint8, 2),
}


def encode_crop_table(table: CropTable) -> bytes:
    """The table as .npz, the same bytes for the same table."""
    return encode_npz({name: getattr(table, name) for name in _TYPES})


def decode_crop_table(data: bytes) -> CropTable:
    """What `encode_crop_table` wrote. Raises `ObjectCorrupt` when columns are missing or of different lengths."""
    columns = decode_table(data, _TYPES, "the crop table")
    return CropTable(**{spec.name: columns[spec.name] for spec in fields(CropTable)})
