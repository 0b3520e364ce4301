"""Packs of images that lie in other packs."""

from collections.abc import Sequence

import numpy as np

from castlist.domain.records import CropPack, CropTable, Int64


def pack_of(table: CropTable, images: Sequence[bytes], person_ids: Int64 | None = None) -> CropPack:
    """A pack of the rows of a table; of nobody where no persons are given."""
    return CropPack(
        images=tuple(images),
        frame_numbers=table.frame_numbers,
        detection_indices=table.detection_indices,
        boxes=table.boxes,
        confidences=table.confidences,
        sharpness=table.sharpness,
        shapes=table.shapes,
        person_ids=np.zeros(len(images), np.int64) if person_ids is None else person_ids,
    )
