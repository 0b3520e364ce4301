"""Canonical persons as plain columns in an .npz: `canonical_persons.npz`, all persons; `primary_person.npz` and
`selected_persons.npz`, some of them, in the same columns.

For P persons by number, T tracklets and R rows in all:

| array                  | type, shape    | content                                                                        |
|------------------------|----------------|--------------------------------------------------------------------------------|
| `person_ids`           | int64 (P,)     | 1, 2, ...; rising, with holes after a merge                                    |
| `num_tracklets_merged` | int64 (P,)     | tracklets that make up the person                                              |
| `tracklet_offsets`     | int64 (P + 1,) | person p has `original_tracklet_ids[tracklet_offsets[p]:tracklet_offsets[p+1]]`|
| `original_tracklet_ids`| int64 (T,)     | rising within a person; a tracklet belongs to one person                       |
| `offsets`              | int64 (P + 1,) | person p has rows `offsets[p]:offsets[p+1]` of the columns below               |
| `frame_numbers`        | int64 (R,)     | 0-based, rising within a person                                                |
| `bboxes`               | float32 (R, 4) | x1, y1, x2, y2 in pixels of the upright frame                                  |
| `confidences`          | float32 (R,)   | of the detection, 0..1; 0 where interpolated                                   |
| `detection_indices`    | int64 (R,)     | index of the detection in the video's order; -1 where interpolated             |
| `interpolated`         | bool (R,)      | no detection: the box is estimated from the rows before and after              |
"""

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import ColumnTypes, decode_columns, encode_npz
from castlist.domain.records import Int64, Person
from castlist.errors import ObjectCorrupt

_TYPES: ColumnTypes = {
    "person_ids": (np.int64, 1),
    "num_tracklets_merged": (np.int64, 1),
    "tracklet_offsets": (np.int64, 1),
    "original_tracklet_ids": (np.int64, 1),
    "offsets": (np.int64, 1),
    "frame_numbers": (np.int64, 1),
    "bboxes": (np.float32, 2),
    "confidences": (np.float32, 1),
    "detection_indices": (np.int64, 1),
    "interpolated": (np.bool_, 1),
}


def encode_persons(persons: Sequence[Person]) -> bytes:
    """Persons as .npz, the same bytes for the same persons."""
    merged = [len(person.tracklet_ids) for person in persons]
    rows = [len(person.frame_numbers) for person in persons]
    none = np.zeros(0, np.int64)
    return encode_npz(
        {
            "person_ids": np.array([person.person_id for person in persons], np.int64),
            "num_tracklets_merged": np.array(merged, np.int64),
            "tracklet_offsets": _offsets(merged),
            "original_tracklet_ids": np.array([tracklet for person in persons for tracklet in person.tracklet_ids], np.int64),
            "offsets": _offsets(rows),
            "frame_numbers": np.concatenate([none, *(person.frame_numbers for person in persons)]),
            "bboxes": np.concatenate([np.zeros((0, 4), np.float32), *(person.boxes for person in persons)]),
            "confidences": np.concatenate([none.astype(np.float32), *(person.confidences for person in persons)]),
            "detection_indices": np.concatenate([none, *(person.detection_indices for person in persons)]),
            "interpolated": np.concatenate([none.astype(np.bool_), *(person.interpolated for person in persons)]),
        }
    )


def decode_persons(data: bytes) -> tuple[Person, ...]:
    """Persons in a `canonical_persons.npz`. Raises `ObjectCorrupt` when arrays are missing or disagree."""
    columns = decode_columns(data, _TYPES, "canonical_persons.npz")
    _check(columns)
    rows = list(pairwise(columns["offsets"].tolist()))
    merged = list(pairwise(columns["tracklet_offsets"].tolist()))
    return tuple(
        Person(
            person_id=person_id,
            tracklet_ids=tuple(columns["original_tracklet_ids"][first:last].tolist()),
            frame_numbers=columns["frame_numbers"][start:end].astype(np.int64, copy=False),
            detection_indices=columns["detection_indices"][start:end].astype(np.int64, copy=False),
            boxes=columns["bboxes"][start:end].astype(np.float32, copy=False),
            confidences=columns["confidences"][start:end].astype(np.float32, copy=False),
        )
        for person_id, (start, end), (first, last) in zip(columns["person_ids"].tolist(), rows, merged, strict=True)
    )


def _offsets(lengths: Sequence[int]) -> Int64:
    return np.concatenate(([0], np.cumsum(np.array(lengths, np.int64)))).astype(np.int64)


def _check(columns: dict[str, NDArray[np.generic]]) -> None:
    rows, persons = len(columns["frame_numbers"]), len(columns["person_ids"])
    for name in ("bboxes", "confidences", "detection_indices", "interpolated"):
        if len(columns[name]) != rows:
            raise ObjectCorrupt(f"canonical_persons.npz has {rows} frame_numbers but {len(columns[name])} {name}")
    for name, total in (("offsets", rows), ("tracklet_offsets", len(columns["original_tracklet_ids"]))):
        offsets = columns[name].astype(np.int64, copy=False)
        if len(offsets) != persons + 1 or offsets[0] != 0 or offsets[-1] != total or np.any(np.diff(offsets) < 1):
            raise ObjectCorrupt(f"canonical_persons.npz: {name} do not divide {total} rows among {persons} persons")
    if columns["bboxes"].shape[1] != len(("x1", "y1", "x2", "y2")):
        raise ObjectCorrupt("canonical_persons.npz: bboxes are not four numbers each")
