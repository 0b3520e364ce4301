"""Persons survive `canonical_persons.npz`, which is plain arrays and is checked when read."""

import io
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.codec.arrays import decode_npz, encode_npz
from castlist.codec.persons import decode_persons, encode_persons
from castlist.domain.records import Person
from castlist.errors import ObjectCorrupt


def make_person(person_id: int, tracklets: tuple[int, ...], rows: int) -> Person:
    numbers = np.arange(rows) * 2
    return Person(
        person_id=person_id,
        tracklet_ids=tracklets,
        frame_numbers=numbers,
        detection_indices=numbers + person_id,
        boxes=np.repeat(numbers, 4).reshape(rows, 4).astype(np.float32) + np.float32([0, 0, 1, 2]),
        confidences=np.full(rows, 0.5, np.float32),
    )


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(1, 30)), max_size=8))
def test_persons_come_back_as_they_were(sizes: list[tuple[int, int]]) -> None:
    persons = tuple(make_person(i, tuple(range(i * 10, i * 10 + merged)), rows) for i, (merged, rows) in enumerate(sizes, start=1))
    found = decode_persons(encode_persons(persons))
    assert [(person.person_id, person.tracklet_ids) for person in found] == [(person.person_id, person.tracklet_ids) for person in persons]
    for person, expected in zip(found, persons, strict=True):
        for name in ("frame_numbers", "detection_indices", "boxes", "confidences"):
            np.testing.assert_array_equal(getattr(person, name), getattr(expected, name))
            assert getattr(person, name).dtype == getattr(expected, name).dtype


def test_the_columns_are_plain_arrays() -> None:
    data = encode_persons([make_person(1, (3, 8), 2), make_person(2, (5,), 1)])
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        columns = dict(archive)
    assert columns["person_ids"].tolist() == [1, 2]
    assert columns["num_tracklets_merged"].tolist() == [2, 1]
    assert columns["tracklet_offsets"].tolist() == [0, 2, 3]
    assert columns["original_tracklet_ids"].tolist() == [3, 8, 5]
    assert columns["offsets"].tolist() == [0, 2, 3]
    assert columns["frame_numbers"].tolist() == [0, 2, 0]
    assert columns["detection_indices"].tolist() == [1, 3, 2]
    assert columns["bboxes"].tolist() == [[0, 0, 1, 2], [2, 2, 3, 4], [0, 0, 1, 2]]
    assert columns["confidences"].tolist() == [0.5, 0.5, 0.5]
    assert columns["interpolated"].tolist() == [False, False, False]


def test_rows_without_a_detection_are_marked() -> None:
    person = replace(make_person(1, (3,), 3), detection_indices=np.array([4, -1, 6]))
    assert decode_npz(encode_persons([person]))["interpolated"].tolist() == [False, True, False]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"bboxes": None}, "lacks bboxes"),
        ({"frame_numbers": np.zeros(3)}, "lacks frame_numbers as int64"),
        ({"detection_indices": np.zeros(2, np.int64)}, "3 frame_numbers but 2 detection_indices"),
        ({"offsets": np.array([0, 3, 2])}, "offsets do not divide"),
        ({"offsets": np.array([0, 3])}, "offsets do not divide"),
        ({"tracklet_offsets": np.array([0, 2, 4])}, "tracklet_offsets do not divide"),
        ({"bboxes": np.zeros((3, 5), np.float32)}, "not four numbers"),
    ],
)
def test_columns_that_disagree_are_refused(changes, reason: str) -> None:
    columns = decode_npz(encode_persons([make_person(1, (3, 8), 2), make_person(2, (5,), 1)])) | changes
    with pytest.raises(ObjectCorrupt, match=reason):
        decode_persons(encode_npz({name: column for name, column in columns.items() if column is not None}))


@pytest.mark.parametrize("data", [b"", b"PK\x03\x04 and no more", encode_persons([])[:-30]])
def test_bytes_that_are_no_archive_are_refused(data: bytes) -> None:
    with pytest.raises(ObjectCorrupt, match=r"canonical_persons\.npz can't be read"):
        decode_persons(data)
