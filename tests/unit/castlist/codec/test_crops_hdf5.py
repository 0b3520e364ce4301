"""Crops survive the HDF5 codec, in bytes that never differ, and hostile files are refused before use."""

import hashlib
import io
import subprocess
import sys

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castlist.codec import crops_hdf5
from castlist.codec.crops_hdf5 import decode_crops, encode_crops, pack_crops
from castlist.domain.records import CropPack
from castlist.errors import ObjectCorrupt


def make_pack(images: list[bytes]) -> CropPack:
    count = len(images)
    rows = np.arange(count)
    return CropPack(
        images=tuple(images),
        frame_numbers=rows * 2,
        detection_indices=rows * 3,
        boxes=np.repeat(rows, 4).reshape(count, 4).astype(np.float32),
        confidences=(rows / max(count, 1)).astype(np.float32),
        sharpness=(rows * 10.5).astype(np.float32),
        shapes=np.full((count, 2), 7),
        person_ids=rows % 3,
    )


def assert_same(first: CropPack, second: CropPack) -> None:
    assert first.images == second.images
    for name in ("frame_numbers", "detection_indices", "boxes", "confidences", "sharpness", "shapes", "person_ids"):
        expected, actual = getattr(first, name), getattr(second, name)
        assert actual.dtype == expected.dtype, name
        np.testing.assert_array_equal(actual, expected, err_msg=name)


@settings(max_examples=30, deadline=None)
@given(st.lists(st.binary(min_size=1, max_size=200), max_size=20))
def test_a_pack_comes_back_as_it_was(images: list[bytes]) -> None:
    pack = make_pack(images)
    assert_same(pack, decode_crops(encode_crops(pack)))


def test_no_crops_are_a_valid_file() -> None:
    pack = decode_crops(encode_crops(make_pack([])))
    assert pack.images == ()
    assert pack.boxes.shape == (0, 4)
    assert pack.shapes.shape == (0, 2)


def test_the_same_pack_gives_the_same_bytes_in_another_process() -> None:
    script = (
        "import hashlib, numpy as np\n"
        "from castlist.codec.crops_hdf5 import encode_crops\n"
        "from castlist.domain.records import CropPack\n"
        "i = np.arange(2)\n"
        "ones = np.ones(2, np.float32)\n"
        "pack = CropPack((b'one', b'two!'), i, i, np.ones((2, 4), np.float32), ones, ones, np.ones((2, 2), np.int64), i)\n"
        "print(hashlib.sha256(encode_crops(pack)).hexdigest())\n"
    )
    rows = np.arange(2)
    ones = np.ones(2, np.float32)
    pack = CropPack((b"one", b"two!"), rows, rows, np.ones((2, 4), np.float32), ones, ones, np.ones((2, 2), np.int64), rows)
    here = hashlib.sha256(encode_crops(pack)).hexdigest()
    assert hashlib.sha256(encode_crops(pack)).hexdigest() == here
    there = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    assert there == here


def altered(change) -> bytes:
    """A valid file of three crops on which `change` has worked."""
    buffer = io.BytesIO(encode_crops(make_pack([b"abc", b"de", b"f"])))
    with h5py.File(buffer, "r+") as file:
        change(file)
    return buffer.getvalue()


def replaced(name: str, **options) -> bytes:
    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, **options)

    return altered(change)


def with_soft_link(file: h5py.File) -> None:
    del file["person_ids"]
    file["person_ids"] = h5py.SoftLink("/frame_numbers")


def with_external_link(file: h5py.File) -> None:
    del file["person_ids"]
    file["person_ids"] = h5py.ExternalLink("/etc/hostname", "/frame_numbers")


def with_virtual_images(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((6,), "u1")
    layout[:] = h5py.VirtualSource("/etc/hostname", "images", (6,))
    del file["images"]
    file.create_virtual_dataset("images", layout)


def with_references(file: h5py.File) -> None:
    del file["person_ids"]
    file.create_dataset("person_ids", data=[file.ref, file.ref, file.ref], dtype=h5py.ref_dtype)


def with_regions(file: h5py.File) -> None:
    del file["person_ids"]
    region = file["boxes"].regionref[:]
    file.create_dataset("person_ids", data=[region, region, region], dtype=h5py.regionref_dtype)


def with_nothing_written(file: h5py.File) -> None:
    del file["person_ids"]
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    h5py.h5d.create(file.id, b"person_ids", h5py.h5t.STD_I64LE, h5py.h5s.create_simple((3,)), plan)


def with_a_loop(file: h5py.File) -> None:
    del file["person_ids"]
    file["person_ids"] = file["/"]


def with_a_named_type(file: h5py.File) -> None:
    del file["person_ids"]
    file["person_ids"] = np.dtype("<i8")


def with_compact_images(file: h5py.File) -> None:
    del file["images"]
    plan = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    plan.set_layout(h5py.h5d.COMPACT)
    h5py.h5d.create(file.id, b"images", h5py.h5t.STD_U8LE, h5py.h5s.create_simple((6,)), plan)


def with_group(file: h5py.File) -> None:
    del file["person_ids"]
    file.create_group("person_ids")


def with_stranger(file: h5py.File) -> None:
    file["secret"] = np.zeros(3)


def with_one_less(file: h5py.File) -> None:
    del file["person_ids"]


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "can't be read as HDF5"),
        (b"\x89HDF\r\n\x1a\n" + b"\x00" * 100, "can't be read as HDF5"),
        (encode_crops(make_pack([b"abc"]))[:-300], "can't be read as HDF5"),
        (altered(with_stranger), "secret"),
        (altered(with_one_less), "expected boxes"),
        (altered(with_soft_link), "is a link"),
        (altered(with_external_link), "is a link"),
        (altered(with_group), "is a group"),
        (replaced("images", shape=(6,), dtype="u1", external=[("/etc/hostname", 0, 6)]), "in one piece inside the file"),
        (replaced("images", data=np.zeros(6, np.uint8), chunks=(3,)), "in one piece inside the file"),
        (replaced("images", data=np.zeros(6, np.uint8), compression="gzip"), "in one piece inside the file"),
        (replaced("images", shape=(10**10,), dtype="u1"), "claims 10000000000 bytes"),
        (replaced("images", shape=(19_700_000_000,), dtype="u1"), "claims 19700000000 bytes, the whole file has"),
        (replaced("boxes", shape=(2**58, 4), dtype="f4"), "claims 4611686018427387904 bytes"),
        (replaced("images", data=np.zeros(400_000, np.uint8), chunks=(400_000,), compression="gzip"), "in one piece inside the file"),
        (altered(with_virtual_images), "in one piece inside the file"),
        (altered(with_compact_images), "in one piece inside the file"),
        (altered(with_references), "not the layout"),
        (altered(with_regions), "not the layout"),
        (altered(with_nothing_written), "never written"),
        (altered(with_a_loop), "is a group"),
        (altered(with_a_named_type), "is a group"),
        (replaced("person_ids", shape=(3,), dtype=h5py.vlen_dtype(np.int64)), "not the layout"),
        (replaced("person_ids", data=np.zeros(3, [("a", "<i4"), ("b", "<i4")])), "not the layout"),
        (replaced("person_ids", data=np.zeros(3, ">i8")), "not the layout"),
        (replaced("person_ids", data=h5py.Empty("<i8")), "not the layout"),
        (replaced("person_ids", data=7), "not the layout"),
        (replaced("images", data=np.zeros(7, np.uint8)), "do not divide"),
        (replaced("offsets", data=np.array([0, 5, 3, 6])), "do not divide"),
        (replaced("offsets", data=np.array([0, 0, 3, 6])), "do not divide"),
        (replaced("offsets", data=np.zeros(0, np.int64)), "crops but"),
        (replaced("offsets", data=np.array([0, 3, 5, 6], np.int32)), "not the layout"),
        (replaced("person_ids", data=np.array(["a", "b", "c"], object), dtype=h5py.string_dtype()), "not the layout"),
        (replaced("boxes", data=np.zeros((3, 5), np.float32)), "not the layout"),
        (replaced("boxes", data=np.zeros((2, 4), np.float32)), "3 crops but 2 rows of boxes"),
        (replaced("boxes", data=np.full((3, 4), np.nan, np.float32)), "boxes that are not finite"),
        (replaced("sharpness", data=np.full(3, np.inf, np.float32)), "sharpness that are not finite"),
        (replaced("sharpness", data=np.ones((3, 1), np.float32)), "not the layout"),
        (replaced("shapes", data=np.zeros((3, 2), np.int64)), "side outside 1 to 65535"),
        (replaced("frame_numbers", data=np.array([0, -1, 2])), "negative frame_numbers"),
    ],
)
def test_a_file_that_is_not_ours_is_refused(data: bytes, reason: str) -> None:
    with pytest.raises(ObjectCorrupt, match=reason):
        decode_crops(data)


def test_two_datasets_may_not_lie_in_the_same_place() -> None:
    buffer = io.BytesIO()
    with h5py.File(io.BytesIO(encode_crops(make_pack([b"x"] * 5000))), "r") as source, h5py.File(buffer, "w") as file:
        for name in source.keys() - {"detection_indices", "person_ids"}:
            file[name] = source[name][()]
        file["detection_indices"] = file["person_ids"] = file["frame_numbers"]  # links, which take no room
    with pytest.raises(ObjectCorrupt, match="two datasets in the crop file lie in the same place"):
        decode_crops(buffer.getvalue())


def test_a_file_larger_than_any_stage_writes_is_not_opened(monkeypatch) -> None:
    monkeypatch.setattr(crops_hdf5, "LARGEST_FILE_BYTES", 100)
    with pytest.raises(ObjectCorrupt, match="more than any stage writes"):
        decode_crops(encode_crops(make_pack([b"abc"])))


def test_flipped_and_missing_bytes_never_crash() -> None:
    valid = encode_crops(make_pack([b"abc", b"de", b"f"]))
    hostile = [valid[:length] for length in range(0, len(valid), 97)]
    for place in range(0, len(valid), 3):
        changed = bytearray(valid)
        changed[place] ^= 1 << (place % 8)
        changed[(place * 7) % len(valid)] = 255
        hostile.append(bytes(changed))
    read, refused = 0, 0
    for data in hostile:
        try:
            read += len(decode_crops(data).images) == 3
        except ObjectCorrupt:
            refused += 1
    assert read + refused == len(hostile)
    assert refused > 100


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_a_flipped_byte_is_refused_or_harmless(data: st.DataObject) -> None:
    valid = bytearray(encode_crops(make_pack([b"abc", b"de", b"f"])))
    place = data.draw(st.integers(0, len(valid) - 1))
    valid[place] ^= data.draw(st.integers(1, 255))
    try:
        pack = decode_crops(bytes(valid))
    except ObjectCorrupt:
        return
    assert len(pack.images) == len(pack.frame_numbers) == 3


def test_images_lie_where_the_packing_says():
    images = [b"first", b"2", b"third one"]
    packed = pack_crops(make_pack(images))
    assert packed.data == encode_crops(make_pack(images))
    places = zip(packed.offsets.tolist(), packed.lengths.tolist(), strict=True)
    assert [packed.data[start : start + length] for start, length in places] == images
    assert packed.data.endswith(b"".join(images))  # else HDF5 put something behind them, and a gap of their size was filled for it
    assert pack_crops(make_pack([])).offsets.tolist() == []
