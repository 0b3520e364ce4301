"""Lists of crops come back as they were, and places that can't be are refused."""

from dataclasses import fields, replace

import numpy as np
import pytest

from castlist.codec.arrays import decode_npz, encode_npz
from castlist.codec.crop_list import decode_crop_list, encode_crop_list
from castlist.codec.person_images import decode_person_images, encode_person_images
from castlist.codec.stored_images import read_images
from castlist.domain.records import CropList, CropPack, ImagePlaces, PersonImages
from castlist.errors import ObjectCorrupt
from tests.fixtures.packed_crops import crop_list_of
from tests.fixtures.stored_objects import StoredObjects


@pytest.fixture
def crops() -> tuple[CropList, bytes]:
    rows = np.arange(3)
    ones = np.ones(3, np.float32)
    pack = CropPack((b"first", b"2", b"third one"), rows, rows, np.ones((3, 4), np.float32), ones, ones, np.full((3, 2), 7), rows)
    return crop_list_of(pack)


def assert_same(first: object, second: object) -> None:
    for spec in fields(first):  # type: ignore[arg-type]
        expected, actual = getattr(first, spec.name), getattr(second, spec.name)
        if isinstance(expected, ImagePlaces):
            assert_same(expected, actual)
        else:
            assert actual.dtype == expected.dtype
            np.testing.assert_array_equal(actual, expected)


def test_lists_come_back_as_they_were(crops) -> None:
    listed, _ = crops
    without_image = replace(listed, places=ImagePlaces.none(3))
    for wanted in (listed, without_image):
        assert_same(decode_crop_list(encode_crop_list(wanted)), wanted)
    images = PersonImages(np.array([1, 1, 2]), listed.frame_numbers, listed.detection_indices, listed.places)
    assert_same(decode_person_images(encode_person_images(images)), images)


@pytest.mark.parametrize(
    ("name", "column"),
    [
        ("packs", np.array([-2, 0, 0])),
        ("offsets", np.array([-1, 5, 6])),
        ("lengths", np.array([5, 0, 9])),
        ("digests", np.zeros((3, 8), np.uint8)),
        ("digests", np.zeros((2, 16), np.uint8)),
        ("boxes", np.zeros((3, 5), np.float32)),
        ("blank", np.zeros(3, np.uint8)),
        ("windows", np.zeros(4, np.int64)),
    ],
)
def test_what_no_stage_writes_is_refused(crops, name: str, column: np.ndarray) -> None:
    columns = decode_npz(encode_crop_list(crops[0]))
    with pytest.raises(ObjectCorrupt, match="the list of a segment's crops"):
        decode_crop_list(encode_npz({**columns, name: column}))


def test_images_are_found_in_their_packs(crops) -> None:
    listed, data = crops
    objects = StoredObjects()
    refs = [objects.add("crops.0", b"another pack").ref, objects.add("crops.1", data).ref]
    places = replace(listed.places, packs=listed.places.packs + 1)
    assert read_images(objects, refs, places.take(np.array([2, 0]))) == [b"third one", b"first"]
    with pytest.raises(ObjectCorrupt, match="an image lies in pack 1 of 1"):
        read_images(objects, refs[:1], places)
