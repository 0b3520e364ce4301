"""Images out of stored packs, and nothing else of them."""

from collections.abc import Sequence

import numpy as np

from castlist.domain.jobs import ObjectRef
from castlist.domain.records import ImagePlaces
from castlist.errors import ObjectCorrupt
from castlist.ports import ObjectPart, ObjectReader


def read_images(objects: ObjectReader, refs: Sequence[ObjectRef], places: ImagePlaces) -> list[bytes]:
    """The images at K places in the packs `refs`, by ranges. All of them have one. Raises `ObjectCorrupt` for those that were changed."""
    images = [b""] * len(places.packs)
    for number in np.unique(places.packs).tolist():
        if not 0 <= number < len(refs):
            raise ObjectCorrupt(f"an image lies in pack {number} of {len(refs)}")
        rows = np.flatnonzero(places.packs == number)
        for row, image in zip(rows.tolist(), objects.read_parts(refs[number], _parts(places.take(rows))), strict=True):
            images[row] = image
    return images


def _parts(places: ImagePlaces) -> list[ObjectPart]:
    return [
        ObjectPart(start, length, digest.tobytes())
        for start, length, digest in zip(places.offsets.tolist(), places.lengths.tolist(), places.digests, strict=True)
    ]
