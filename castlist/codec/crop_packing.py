"""Between the packed crops and the layout by person: the same pixels, boxes, frames and confidences on both sides.

The packed columns have no gaps, so what nobody knows is written as what can't be: a box of four zeros, a confidence of -1; and a person's
detection indices or sharpness, all 0.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import numpy as np
from numpy.typing import NDArray

from castlist.codec.crops_by_person import CropGroup, LayoutNotes
from castlist.codec.distrusted_hdf5 import LARGEST_TEXT_BYTES
from castlist.codec.documents import decode_json, encode_json
from castlist.codec.pictures import Picture, decode_picture, encode_png
from castlist.domain.records import CropPack, Int64
from castlist.errors import ObjectCorrupt

_UNKNOWN_CONFIDENCE = -1.0


class EncodedPictures:
    """Pictures that are decoded when they are asked for. `shapes` is int64 (N, 2), height and width."""

    def __init__(self, images: Sequence[bytes], shapes: Int64) -> None:
        self._images, self._shapes = images, shapes.tolist()

    def __len__(self) -> int:
        return len(self._images)

    def __getitem__(self, number: int) -> Picture:
        height, width = self._shapes[number]
        return decode_picture(self._images[number], height, width)


def pack_groups(groups: Iterable[CropGroup], threads: int = 1) -> CropPack:
    """One pack of all persons' crops, as PNG made in so many threads. Persons come by number; those without crops leave no row."""
    images: list[bytes] = []
    shapes: list[tuple[int, int]] = []
    columns: dict[str, list[NDArray[np.generic]]] = {name: [values] for name, values in _columns_of(None).items()}
    with ThreadPoolExecutor(threads) as pool:
        for group in groups:
            for image, shape in pool.map(partial(_encoded, group), range(len(group.frame_numbers))):
                images.append(image)
                shapes.append(shape)
            for name, values in _columns_of(group).items():
                columns[name].append(values)
    joined = {name: np.concatenate(parts) for name, parts in columns.items()}
    return CropPack(
        images=tuple(images),
        shapes=np.array(shapes, np.int64).reshape(-1, 2),
        frame_numbers=joined["frame_numbers"].astype(np.int64),
        detection_indices=joined["detection_indices"].astype(np.int64),
        boxes=joined["boxes"].astype(np.float32),
        confidences=joined["confidences"].astype(np.float32),
        sharpness=joined["sharpness"].astype(np.float32),
        person_ids=joined["person_ids"].astype(np.int64),
    )


def _encoded(group: CropGroup, number: int) -> tuple[bytes, tuple[int, int]]:
    picture = group.pictures[number]
    return encode_png(picture), (picture.shape[0], picture.shape[1])


def unpack_groups(pack: CropPack) -> Iterator[CropGroup]:
    """The persons of a pack by number, each with its rows in order of frame."""
    order = np.lexsort((pack.frame_numbers, pack.person_ids))
    for person_id in np.unique(pack.person_ids).tolist():
        rows = order[pack.person_ids[order] == person_id]
        boxes, confidences = pack.boxes[rows], pack.confidences[rows]
        measures = {"detection_indices": pack.detection_indices[rows], "sharpness": pack.sharpness[rows]}
        yield CropGroup(
            person_id=person_id,
            frame_numbers=pack.frame_numbers[rows],
            pictures=EncodedPictures([pack.images[row] for row in rows.tolist()], pack.shapes[rows]),
            boxes=boxes if np.any(boxes) else None,
            confidences=confidences if np.all(confidences >= 0) else None,
            measures={name: values for name, values in measures.items() if np.any(values)},
        )


def pack_notes(notes: LayoutNotes) -> bytes:
    """What is said of a whole file in the layout, for `encode_crops`; when it was written is said anew by each."""
    known = {"total_frames": notes.total_frames, "video_source": notes.video_source or None}
    return encode_json(known) if any(value is not None for value in known.values()) else b""


def unpack_notes(packed: bytes, created_timestamp: str) -> LayoutNotes:
    """The same out of `decode_notes`, which is distrusted. Raises `ObjectCorrupt`."""
    if not packed:
        return LayoutNotes(created_timestamp)
    try:
        known = decode_json(packed)
        frames, source = known["total_frames"], known["video_source"] or ""
        if (
            len(known) == 2
            and (frames is None or (type(frames) is int and 0 <= frames < 1 << 63))
            and len(source.encode()) <= LARGEST_TEXT_BYTES
        ):
            return LayoutNotes(created_timestamp, frames, source)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        pass
    raise ObjectCorrupt("the notes in the crop file are not what Castlist writes there")


def _columns_of(group: CropGroup | None) -> Mapping[str, NDArray[np.generic]]:
    """The packed columns of a group but for its images and their shapes; without a group, those of no crops."""
    count = 0 if group is None else len(group.frame_numbers)
    boxes = None if group is None else group.boxes
    confidences = None if group is None else group.confidences
    measures: Mapping[str, NDArray[np.generic]] = {} if group is None else group.measures
    return {
        "frame_numbers": np.zeros(0, np.int64) if group is None else group.frame_numbers,
        "detection_indices": measures.get("detection_indices", np.zeros(count, np.int64)),
        "boxes": np.zeros((count, 4), np.float32) if boxes is None else boxes,
        "confidences": np.full(count, _UNKNOWN_CONFIDENCE, np.float32) if confidences is None else confidences,
        "sharpness": measures.get("sharpness", np.zeros(count, np.float32)),
        "person_ids": np.full(count, 0 if group is None else group.person_id, np.int64),
    }
