"""Chosen images out of stored packs, and packs out of images."""

from collections.abc import Sequence

import numpy as np

from castlist.codec.crops_hdf5 import CropFile
from castlist.domain.jobs import ObjectRef
from castlist.domain.records import CropPack, CropTable, Int64
from castlist.ports import ObjectReader


def read_images(objects: ObjectReader, refs: Sequence[ObjectRef], packs: Int64, rows: Int64) -> list[bytes]:
    """The JPEG files that lie in rows of packs, read one by one, so that no pack is in memory as a whole."""
    images: dict[tuple[int, int], bytes] = {}
    for number in np.unique(packs).tolist():
        wanted = rows[packs == number].tolist()
        with CropFile(objects.local_path(refs[number])) as crops:
            images.update(zip([(number, row) for row in wanted], crops.images(wanted), strict=True))
    return [images[place] for place in zip(packs.tolist(), rows.tolist(), strict=True)]


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
