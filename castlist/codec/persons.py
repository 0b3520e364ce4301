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

import numpy as np

from castlist.codec.arrays import ColumnTypes, decode_columns, encode_npz
from castlist.codec.track_rows import ROW_TYPES, cut_places, cut_rows
from castlist.domain.records import Person
from castlist.domain.row_runs import row_columns, row_offsets
from castlist.errors import ObjectCorrupt

_TYPES: ColumnTypes = {
    "person_ids": (np.int64, 1),
    "num_tracklets_merged": (np.int64, 1),
    "tracklet_offsets": (np.int64, 1),
    "original_tracklet_ids": (np.int64, 1),
    **ROW_TYPES,
    "interpolated": (np.bool_, 1),
}
_NAME = "canonical_persons.npz"


def encode_persons(persons: Sequence[Person]) -> bytes:
    """Persons as .npz, the same bytes for the same persons."""
    merged = [len(person.tracklet_ids) for person in persons]
    return encode_npz(
        {
            "person_ids": np.array([person.person_id for person in persons], np.int64),
            "num_tracklets_merged": np.array(merged, np.int64),
            "tracklet_offsets": row_offsets(merged),
            "original_tracklet_ids": np.array([tracklet for person in persons for tracklet in person.tracklet_ids], np.int64),
            **row_columns(persons),
            "interpolated": np.concatenate([np.zeros(0, np.bool_), *(person.interpolated for person in persons)]),
        }
    )


def decode_persons(data: bytes) -> tuple[Person, ...]:
    """Persons in a `canonical_persons.npz`. Raises `ObjectCorrupt` when arrays are missing or disagree."""
    columns = decode_columns(data, _TYPES, _NAME)
    person_ids, tracklet_ids = columns["person_ids"].tolist(), columns["original_tracklet_ids"].tolist()
    rows = cut_rows(columns, len(person_ids), _NAME)
    if len(columns["interpolated"]) != len(columns["frame_numbers"]):
        raise ObjectCorrupt(f"{_NAME} has {len(columns['frame_numbers'])} frame_numbers but {len(columns['interpolated'])} interpolated")
    merged = cut_places(columns, "tracklet_offsets", (len(person_ids), len(tracklet_ids)), _NAME)
    return tuple(
        Person(person_id=person_id, tracklet_ids=tuple(tracklet_ids[places]), **own)
        for person_id, places, own in zip(person_ids, merged, rows, strict=True)
    )
