"""Both documented pickles become groups of the layout, and what in them is not as documented is named."""

import io
import pickle

import numpy as np
import pytest

from castlist.codec.legacy_crops import LegacyCrops, legacy_crops
from castlist.codec.legacy_pickle import read_pickle
from castlist.errors import InputError


def picture(height: int, width: int, value: int = 0) -> np.ndarray:
    return np.full((height, width, 3), value, np.uint8)


def converted(value: object, protocol: int = 4) -> LegacyCrops:
    data = pickle.dumps(value, protocol)
    return legacy_crops(read_pickle(io.BytesIO(data), "old.pkl"), "old.pkl", len(data))


def entry(**changes) -> dict:
    whole = {
        "frame_numbers": np.array([4, 9]),
        "crops": [picture(5, 2, 1), picture(6, 3, 2)],
        "bboxes": np.array([[0, 0, 2, 5], [1, 1, 4, 7]], np.float32),
        "confidences": np.array([0.5, 0.25], np.float32),
    }
    return whole | changes


@pytest.mark.parametrize("protocol", range(6))
def test_crops_by_person(protocol):
    found = converted({3: entry(), np.int64(1): entry(bboxes=None, confidences=None)}, protocol)
    first, third = found.groups
    assert (first.person_id, first.boxes, first.confidences) == (1, None, None)
    assert third.person_id == 3
    assert third.frame_numbers.tolist() == [4, 9]
    assert [(item.shape, int(item[0, 0, 0])) for item in third.pictures] == [((5, 2, 3), 1), ((6, 3, 3), 2)]
    assert (third.boxes.dtype, third.boxes.tolist()) == (np.float32, [[0, 0, 2, 5], [1, 1, 4, 7]])
    assert third.confidences.tolist() == [0.5, 0.25]


def ragged(*pictures: np.ndarray) -> np.ndarray:
    array = np.empty(len(pictures), object)
    array[:] = pictures
    return array


@pytest.mark.parametrize(
    "crops", [ragged(picture(5, 2), picture(6, 3)), (picture(5, 2), picture(6, 3)), np.stack([picture(5, 2), picture(5, 2)])]
)
def test_pictures_come_in_any_of_the_containers_that_hold_them(crops):
    (group,) = converted({"crops_by_person": {"person_07": entry(crops=crops)}}).groups
    assert (group.person_id, group.pictures[0].shape) == (7, (5, 2, 3))


def test_columns_may_be_lists():
    (group,) = converted(
        {1: entry(frame_numbers=[4, 9], bboxes=[[0, 0, 2, 5], np.array([1.0, 1.0, 4.0, 7.0])], confidences=[1, 0.5])}
    ).groups
    assert (group.boxes.tolist(), group.confidences.tolist()) == ([[0, 0, 2, 5], [1, 1, 4, 7]], [1, 0.5])


def test_rows_are_sorted_by_frame_and_those_without_a_picture_left_out():
    rows = entry(
        frame_numbers=np.array([9, 7, 4]),
        crops=[picture(1, 1, 9), None, picture(1, 1, 4)],
        bboxes=np.array([[0, 0, 9, 9], [0, 0, 7, 7], [0, 0, 4, 4]], np.float32),
        confidences=None,
    )
    found = converted({1: rows, 2: entry(crops=[picture(0, 4), picture(1, 1)])})
    assert found.rows_without_picture == 2
    first, second = found.groups
    assert first.frame_numbers.tolist() == [4, 9]
    assert [int(item[0, 0, 0]) for item in first.pictures] == [4, 9]
    assert first.boxes[:, 2].tolist() == [4, 9]
    assert (second.frame_numbers.tolist(), second.confidences.tolist()) == ([9], [0.25])


def final(count: int = 3) -> dict:
    notes = [
        {
            "confidence": 0.5 + number / 10,
            "width": 3,
            "height": 4,
            "area": 12,
            "aspect_ratio": 0.75,
            "visibility_score": 0.5,
            "quality_rank": number + 1,
            "quality_score": 0.25,
            "frame_number": 100 - number,
        }
        for number in range(count)
    ]
    return {
        "person_ids": [2],
        "crops": {2: np.stack([picture(4, 3, number) for number in range(count)])},
        "metadata": {2: notes},
        "global_metadata": {"timestamp": "2025-12-01T10:00:00", "video_source": "nets.mp4", "total_persons": 1, "format_version": "1.0"},
    }


def test_final_crops():
    found = converted(final())
    assert found.video_source == "nets.mp4"
    (group,) = found.groups
    assert (group.person_id, group.boxes, group.frame_numbers.tolist()) == (2, None, [98, 99, 100])
    assert [int(item[0, 0, 0]) for item in group.pictures] == [2, 1, 0]
    np.testing.assert_allclose(group.confidences, [0.7, 0.6, 0.5])
    assert {name: values.tolist() for name, values in group.measures.items()} == {
        "quality_ranks": [3, 2, 1],
        "quality_scores": [0.25] * 3,
        "visibility_scores": [0.5] * 3,
    }


def without_notes() -> dict:
    return final() | {"metadata": {}}


BIG = picture(300, 300)


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        ([1, 2], "old.pkl holds neither crops_by_person nor final crops: no persons by number"),
        ({"name": 1}, "'name' is no person's number"),
        ({(1, 2): entry()}, "tuple is no person's number"),
        ({True: entry()}, "bool is no person's number"),
        ({-1: entry()}, "int is no person's number"),
        ({1: []}, "old.pkl: person_001 is no dictionary with frame_numbers and crops"),
        ({1: {"crops": []}}, "person_001 is no dictionary with frame_numbers and crops"),
        ({1: entry(), "1": entry()}, "person_001 is there twice"),
        ({1: entry(crops=[picture(1, 1)])}, "person_001 has 1 crops but 2 frame_numbers, 2 bboxes, 2 confidences"),
        ({1: entry(crops="ab")}, "person_001 has crops that are no list of pictures"),
        ({1: entry(crops=np.zeros((2, 4, 4), np.uint8))}, "person_001 has crops that are no list of pictures"),
        ({1: entry(crops=[1, 2])}, "has a crop that is a int and no array of numbers"),
        ({1: entry(crops=[np.zeros((2, 2, 3)), picture(1, 1)])}, r"has a crop that is float64 \(2, 2, 3\), expected uint8"),
        ({1: entry(crops=[np.zeros((2, 2), np.uint8)] * 2)}, r"has a crop that is uint8 \(2, 2\), expected uint8"),
        ({1: entry(frame_numbers=np.array([0.5, 1]))}, "has frame_numbers that are no whole numbers"),
        ({1: entry(frame_numbers=["a", "b"])}, "has frame_numbers that are no whole numbers"),
        ({1: entry(frame_numbers=[2**70, 1])}, "has frame_numbers that are no whole numbers"),
        ({1: entry(frame_numbers=np.array([-1, 1]))}, "person_001 frame_numbers has negative numbers"),
        ({1: entry(bboxes=np.zeros((2, 3)))}, "has bboxes that are no rows of four numbers"),
        ({1: entry(bboxes=[[0, 0, 2, 5], [1, 1, 4]])}, "has bboxes that are no rows of four numbers"),
        ({1: entry(bboxes=[[9, 9, 2, 2], [1, 1, 4, 4]])}, "are they x, y, width, height?"),
        ({1: entry(confidences=[1, 2])}, "person_001 confidences has a number outside 0 to 1"),
        ({number: entry(crops=[BIG, BIG], frame_numbers=[1, 2]) for number in range(9)}, "pictures than the file has room for"),
        (without_notes(), "person_002 has no metadata"),
        (final() | {"metadata": {2: final()["metadata"][2][:2]}}, "has 3 crops but 2 frame_numbers, 2 confidences"),
        (final() | {"metadata": {2: [{"frame": 1}] * 3}}, "person_002 has no metadata"),
    ],
)
def test_what_is_not_as_documented_is_named(value, reason):
    with pytest.raises(InputError, match=reason):
        converted(value)
