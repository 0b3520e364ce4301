"""The layout by person: what plain h5py reads of it, that nothing is lost on the way to the packed file and back, and what is refused."""

import zlib
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from castlist.codec.crop_packing import pack_groups, pack_notes, unpack_groups, unpack_notes
from castlist.codec.crops_by_person import CropGroup, LayoutCounts, LayoutNotes, open_groups, write_groups
from castlist.codec.crops_hdf5 import decode_crops, decode_notes, encode_crops
from castlist.errors import InputError, ObjectCorrupt

NOTES = LayoutNotes("2026-11-22T12:00:00+00:00", 750, "film.mp4")


def picture(height: int, width: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def person(number: int, *sizes: tuple[int, int], **changes) -> CropGroup:
    count = len(sizes)
    start = np.arange(count, dtype=np.float32)
    columns = {
        "frame_numbers": np.arange(count) * 5,
        "pictures": [picture(height, width, seed) for seed, (height, width) in enumerate(sizes)],
        "boxes": np.stack([start, start, start + 10.25, start + 20], axis=1),
        "confidences": np.full(count, 0.75, np.float32),
    }
    return CropGroup(number, **(columns | changes))


def written(path: Path, *groups: CropGroup, level: int | None = 4) -> Path:
    write_groups(path, groups, NOTES, level)
    return path


def everything(path: Path) -> list[CropGroup]:
    with open_groups(path) as file:
        return [
            CropGroup(group.person_id, group.frame_numbers, list(group.pictures), group.boxes, group.confidences, group.measures)
            for group in map(file.group, file.person_ids)
        ]


def assert_same(first: CropGroup, second: CropGroup) -> None:
    assert first.person_id == second.person_id
    assert len(first.pictures) == len(second.pictures) == len(first.frame_numbers)
    for number in range(len(first.pictures)):
        np.testing.assert_array_equal(first.pictures[number], second.pictures[number])
        assert second.pictures[number].dtype == np.uint8
    np.testing.assert_array_equal(first.frame_numbers, second.frame_numbers)
    for one, other in ((first.boxes, second.boxes), (first.confidences, second.confidences)):
        assert (one is None) == (other is None)
        if one is not None:
            assert one.tobytes() == other.tobytes()


def test_plain_h5py_reads_the_documented_layout(tmp_path):
    group = person(3, (4, 2), (5, 3), measures={"quality_scores": np.array([0.5, 0.25]), "quality_ranks": np.array([1, 2])})
    path = tmp_path / "crops_by_person.h5"
    assert write_groups(path, [person(1, (2, 2)), group], NOTES, 4) == LayoutCounts(persons=2, crops=3)
    with h5py.File(path) as file:
        assert set(file) == {"person_001", "person_003", "metadata"}
        assert dict(file["metadata"].attrs) == {
            "num_persons": 2,
            "total_frames": 750,
            "total_crops": 3,
            "created_timestamp": "2026-11-22T12:00:00+00:00",
            "format_version": "1.0",
            "video_source": "film.mp4",
        }
        third = file["person_003"]
        assert {name: (item.dtype.str, item.shape) for name, item in third.items() if name != "crops"} == {
            "frame_numbers": ("<i8", (2,)),
            "bboxes": ("<f4", (2, 4)),
            "confidences": ("<f4", (2,)),
            "quality_scores": ("<f8", (2,)),
            "quality_ranks": ("<i8", (2,)),
        }
        assert third["bboxes"][1].tolist() == [1.0, 1.0, 11.25, 21.0]
        assert set(third["crops"]) == {"0", "1"}
        assert (third["crops/1"].compression, third["crops/1"].compression_opts, third["crops/1"].chunks) == ("gzip", 4, (5, 3, 3))
        np.testing.assert_array_equal(third["crops/1"][()], group.pictures[1])


def test_frames_are_counted_by_the_crops_where_nobody_knows_the_video(tmp_path):
    write_groups(tmp_path / "a.h5", [person(1, (2, 2), (2, 2))], LayoutNotes("now"), None)
    with h5py.File(tmp_path / "a.h5") as file:
        assert file["metadata"].attrs["total_frames"] == 6
        assert "video_source" not in file["metadata"].attrs
        assert file["person_001/crops/0"].compression is None


@pytest.mark.parametrize("level", [None, 1, 9])
def test_the_same_crops_are_the_same_bytes(tmp_path, level):
    first, second = (written(tmp_path / name, person(7, (3, 4), (1, 9)), level=level).read_bytes() for name in ("a.h5", "b.h5"))
    assert first == second


CORNERS = st.tuples(*[st.floats(-1e4, 1e4, width=32)] * 2, *[st.floats(0.5, 1e4, width=32)] * 2)


@st.composite
def crop_groups(draw: st.DrawFn, number: int) -> CropGroup:
    count = draw(st.integers(1, 4))
    sides = st.integers(1, 12)
    boxes = np.array([(x, y, x + width, y + height) for x, y, width, height in draw(st.lists(CORNERS, min_size=count, max_size=count))])
    confidences = draw(arrays.arrays(np.float32, count, elements=st.floats(0, 1, width=32)))
    return CropGroup(
        person_id=number,
        frame_numbers=np.sort(draw(arrays.arrays(np.int64, count, elements=st.integers(0, 2**40)))),
        pictures=[draw(arrays.arrays(np.uint8, (draw(sides), draw(sides), 3), elements=st.integers(0, 255))) for _ in range(count)],
        boxes=draw(st.sampled_from([boxes.astype(np.float32).reshape(count, 4), None])),
        confidences=draw(st.sampled_from([confidences, None])),
    )


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.data(), st.sampled_from([None, 4]))
def test_nothing_is_lost_on_the_way_to_the_packed_file_and_back(tmp_path, data, level):
    numbers = sorted(data.draw(st.sets(st.integers(0, 1200), min_size=1, max_size=3)))
    groups = [data.draw(crop_groups(number)) for number in numbers]
    by_person = written(tmp_path / "by_person.h5", *groups, level=level)
    packed = encode_crops(pack_groups(everything(by_person)))
    again = written(tmp_path / "again.h5", *unpack_groups(decode_crops(packed)), level=level)
    read = everything(again)
    assert len(read) == len(groups)
    for before, after in zip(groups, read, strict=True):
        assert_same(before, after)
    assert encode_crops(pack_groups(read)) == packed


def test_what_castlist_knows_besides_survives_as_far_as_the_packed_file_has_a_place(tmp_path):
    measures = {"detection_indices": np.array([7, 9]), "sharpness": np.array([1.5, 2.5], np.float32), "quality_ranks": np.array([2, 1])}
    (group,) = unpack_groups(pack_groups([person(1, (2, 2), (3, 3), measures=measures)]))
    assert {name: values.tolist() for name, values in group.measures.items()} == {"detection_indices": [7, 9], "sharpness": [1.5, 2.5]}
    (stored,) = everything(written(tmp_path / "a.h5", person(1, (2, 2), (3, 3), measures=measures)))
    assert {name: values.tolist() for name, values in stored.measures.items()} == {
        name: values.tolist() for name, values in measures.items()
    }


@pytest.mark.parametrize(
    "notes", [LayoutNotes("now"), LayoutNotes("now", 0), LayoutNotes("now", 2025, "n\u00e4ts.mp4"), LayoutNotes("now", None, "x")]
)
def test_what_is_said_of_a_file_survives_the_packed_one(notes):
    packed = encode_crops(pack_groups([person(1, (2, 3))]), pack_notes(notes))
    assert unpack_notes(decode_notes(packed), "now") == notes
    assert decode_crops(packed).person_ids.tolist() == [1]


@pytest.mark.parametrize(
    "notes",
    [
        b"no json",
        b"[]",
        b"{}",
        b'{"total_frames": 1}',
        b'{"total_frames": 1.5, "video_source": null}',
        b'{"total_frames": -1, "video_source": null}',
        b'{"total_frames": 9223372036854775808, "video_source": null}',
        b'{"total_frames": 1, "video_source": 5}',
        b'{"total_frames": 1, "video_source": "\\ud800"}',
        b'{"total_frames": 1, "video_source": "", "more": 1}',
        b'{"total_frames": 1, "video_source": "' + b"x" * 5000 + b'"}',
        b"[" * 100_000,
    ],
)
def test_notes_in_a_packed_file_are_distrusted(notes):
    with pytest.raises(ObjectCorrupt, match="the notes in the crop file"):
        unpack_notes(decode_notes(encode_crops(pack_groups([person(1, (2, 3))]), notes)), "now")


def test_a_person_without_crops_is_a_group_without_rows(tmp_path):
    path = written(tmp_path / "a.h5", person(1), person(2, (2, 2)))
    assert [len(group.pictures) for group in everything(path)] == [0, 1]
    assert pack_groups(everything(path)).person_ids.tolist() == [2]


def test_only_the_persons_asked_for_are_read_and_any_crop_alone(tmp_path):
    path = written(tmp_path / "a.h5", person(1, (2, 2)), person(2, (3, 3), (4, 4), (5, 5)))
    with h5py.File(path, "r+") as file:
        del file["person_001/crops/0"]
    with open_groups(path) as file:
        pictures = file.group(2).pictures
        assert [pictures[2].shape, pictures[0].shape, pictures[2].shape] == [(5, 5, 3), (3, 3, 3), (5, 5, 3)]
        with pytest.raises(IndexError):
            pictures[3]
        with pytest.raises(KeyError):
            file.group(9)


def test_files_of_other_writers_are_read(tmp_path):
    """Big-endian columns, chunks as h5py guesses them, a file in the oldest format."""
    path, pixels = tmp_path / "theirs.h5", picture(250, 125)
    with h5py.File(path, "w") as file:
        group = file.create_group("person_012")
        group.create_dataset("frame_numbers", data=np.array([3], ">i8"), compression="gzip")
        group.create_dataset("bboxes", data=np.array([[1, 2, 3, 4]], ">f4"))
        group.create_dataset("crops/0", data=pixels, compression="gzip", compression_opts=9, maxshape=(None, None, 3), chunks=(64, 50, 2))
        file.create_dataset("metadata/num_persons", data=1)
    (group,) = everything(path)
    assert (group.person_id, group.frame_numbers.tolist(), group.boxes.tolist()) == (12, [3], [[1, 2, 3, 4]])
    assert group.confidences is None
    np.testing.assert_array_equal(group.pictures[0], pixels)


def altered(path: Path, change) -> Path:
    """A valid file of two persons on which `change` has worked."""
    written(path, person(1, (6, 4), (5, 3)), person(2, (4, 4)))
    with h5py.File(path, "r+", libver=("v110", "v110")) as file:
        change(file)
    return path


def replaced(name: str, **options):
    def change(file: h5py.File) -> None:
        del file[name]
        file.create_dataset(name, **options)

    return change


def added(name: str, value: object):
    def change(file: h5py.File) -> None:
        if name in file:
            del file[name]
        file[name] = value

    return change


def removed(name: str):
    def change(file: h5py.File) -> None:
        del file[name]

    return change


def virtual(file: h5py.File) -> None:
    layout = h5py.VirtualLayout((6, 4, 3), "u1")
    layout[...] = h5py.VirtualSource("/etc/hostname", "x", (6, 4, 3))
    del file["person_001/crops/0"]
    file.create_virtual_dataset("person_001/crops/0", layout)


def shared(file: h5py.File) -> None:
    """One picture under many names: more is claimed than the file has."""
    del file["person_001"]
    group = file.create_group("person_001")
    group["frame_numbers"] = np.arange(300)
    big = group.create_dataset("crops/0", data=picture(100, 100))
    for number in range(1, 300):
        group[f"crops/{number}"] = big


def lying_chunk(file: h5py.File) -> None:
    """A chunk of 192 bytes whose stream goes on for 50 MB."""
    name = "person_001/crops/0"
    del file[name]
    dataset = file.create_dataset(name, (8, 8, 3), "u1", chunks=(8, 8, 3), compression="gzip")
    dataset.id.write_direct_chunk((0, 0, 0), zlib.compress(bytes(50 << 20), 9))


def missing_chunk(file: h5py.File) -> None:
    name = "person_001/crops/0"
    del file[name]
    dataset = file.create_dataset(name, (8, 8, 3), "u1", chunks=(4, 8, 3), compression="gzip")
    dataset.id.write_direct_chunk((0, 0, 0), zlib.compress(bytes(96)))


HOSTILE = {
    "nobody": (lambda file: [file.__delitem__(name) for name in ("person_001", "person_002")], "has no group like person_003"),
    "stranger": (added("notes", np.zeros(3)), "notes is not part of the layout"),
    "two digits": (lambda file: file.move("person_001", "person_01"), "person_01 is not part of the layout"),
    "leading zeros": (lambda file: file.move("person_001", "person_0001"), "person_0001 is not part of the layout"),
    "stranger in a person": (added("person_001/faces", np.zeros(3)), "person_001/faces is not part of the layout"),
    "dataset for a person": (added("person_001", np.zeros(3)), "person_001 is a dataset, expected a group"),
    "soft link": (added("person_001/crops/0", h5py.SoftLink("/person_002/crops/0")), "person_001/crops/0 is a soft or external link"),
    "external link": (added("person_001/crops", h5py.ExternalLink("/etc/hostname", "/")), "person_001/crops is a soft or external link"),
    "person as a link": (added("person_009", h5py.SoftLink("/person_001")), "person_009 is a soft or external link"),
    "outside storage": (
        replaced("person_001/crops/0", shape=(2, 2, 3), dtype="u1", external=[("/etc/hostname", 0, 12)]),
        "person_001/crops/0 lies outside the file",
    ),
    "virtual": (virtual, "person_001/crops/0 lies outside the file"),
    "no columns": (removed("person_001/frame_numbers"), "person_001 has no frame_numbers"),
    "no crops": (removed("person_001/crops"), "person_001 has no crops"),
    "one crop less": (removed("person_001/crops/1"), "person_001/crops has 1 members, expected a crop for each of 2"),
    "other names": (lambda file: file.move("person_001/crops/1", "person_001/crops/01"), "named from 0 on"),
    "short column": (
        replaced("person_001/confidences", data=np.zeros(1, np.float32)),
        r"person_001/confidences is float32 \(1,\), expected",
    ),
    "other type": (replaced("person_001/bboxes", data=np.zeros((2, 4))), r"bboxes is float64 \(2, 4\), expected float32 \(2, 4\)"),
    "text": (replaced("person_001/confidences", data=["a", "b"]), "confidences is object"),
    "references": (replaced("person_001/crops/0", shape=(2, 2, 3), dtype=h5py.ref_dtype), "crops/0 is object"),
    "ragged rows": (replaced("person_001/crops/0", shape=(2, 2, 3), dtype=h5py.vlen_dtype(np.uint8)), "crops/0 is object"),
    "grey picture": (
        replaced("person_001/crops/0", data=np.zeros((4, 4), np.uint8)),
        r"crops/0 is uint8 \(4, 4\), expected uint8 \(any, any, 3\)",
    ),
    "no height": (replaced("person_001/crops/0", data=np.zeros((0, 4, 3), np.uint8)), "crops/0 is 0 x 4 pixels"),
    "other filter": (replaced("person_001/crops/0", data=picture(9, 9), compression="lzf"), "has filters other than gzip"),
    "shuffled": (replaced("person_001/crops/0", data=picture(9, 9), compression="gzip", shuffle=True), "has filters other than gzip"),
    "19.7 GB in nothing": (
        replaced("person_001/crops/0", shape=(81_000, 81_000, 3), dtype="u1"),
        "claims 19,683,000,000 bytes and holds 0",
    ),
    "19.7 GB in chunks": (
        replaced("person_001/crops/0", shape=(81_000, 81_000, 3), dtype="u1", chunks=(100, 100, 3), compression="gzip"),
        "crops/0 and those before it claim 19,683,000,056",
    ),
    "chunk larger than its picture": (
        replaced(
            "person_001/crops/0", shape=(9, 9, 3), dtype="u1", maxshape=(None, None, 3), chunks=(20_000, 20_000, 3), compression="gzip"
        ),
        "crops/0 and those before it claim 1,200,000,056",
    ),
    "chunk that goes on": (lying_chunk, "crops/0 has a chunk that does not hold the 192 bytes"),
    "missing chunk": (missing_chunk, "crops/0 lacks some of its data"),
    "shared": (shared, "uses data that other datasets use as well"),
    "falling frames": (replaced("person_001/frame_numbers", data=np.array([5, 4])), "frame_numbers has numbers that fall"),
    "negative frames": (replaced("person_001/frame_numbers", data=np.array([-5, 4])), "frame_numbers has negative numbers"),
    "no number": (
        replaced("person_001/confidences", data=np.array([np.nan, 1], np.float32)),
        "confidences has numbers that are not finite",
    ),
    "too sure": (replaced("person_001/confidences", data=np.array([1.5, 1], np.float32)), "confidences has a number outside 0 to 1"),
    "x, y, width, height": (replaced("person_001/bboxes", data=np.full((2, 4), 9, np.float32)), "bboxes has a box that is not x1 < x2"),
}


@pytest.mark.parametrize(
    ("name", "value", "fault"),
    [
        ("total_frames", 1.5, "is no single whole number"),
        ("total_frames", np.array([1, 2]), "is no single whole number"),
        ("total_frames", "9", "is no single whole number"),
        ("total_frames", -1, "is no number of frames"),
        ("total_frames", np.uint64(1 << 63), "is no number of frames"),
        ("video_source", 7, "is no single text"),
        ("video_source", h5py.Empty("S1"), "is no single text"),
        ("video_source", "x" * 5000, "has 5,000 letters, expected up to 4,096"),
    ],
)
def test_what_is_said_of_a_file_is_distrusted_as_well(tmp_path, name, value, fault):
    path = altered(tmp_path / "theirs.h5", lambda file: file["metadata"].attrs.__setitem__(name, value))
    with pytest.raises(InputError, match=f"^theirs.h5: metadata {name} {fault}"), open_groups(path) as file:
        file.notes()


@pytest.mark.parametrize("change", [removed("metadata"), added("metadata", np.zeros(3)), lambda file: file["metadata"].attrs.clear()])
def test_nothing_need_be_said_of_a_file(tmp_path, change):
    with open_groups(altered(tmp_path / "theirs.h5", change)) as file:
        assert pack_notes(file.notes()) == b""


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_not_as_documented_is_refused_with_the_place(tmp_path, name):
    change, reason = HOSTILE[name]
    path = altered(tmp_path / "theirs.h5", change)
    with pytest.raises(InputError, match=f"^theirs.h5: .*{reason}"):
        everything(path)


def test_a_small_file_that_expands_to_hundreds_of_megabytes_is_refused_before_there_is_room_for_them(tmp_path):
    path = tmp_path / "bomb.h5"
    blank = (1024, 1024, 3)
    stream = zlib.compress(bytes(3 << 20), 9)
    with h5py.File(path, "w", libver="latest") as file:
        for number in range(1, 3):
            group = file.create_group(f"person_{number:03d}")
            group["frame_numbers"] = np.arange(60)
            for row in range(60):
                crop = group.create_dataset(f"crops/{row}", blank, "u1", chunks=blank, compression="gzip")
                crop.id.write_direct_chunk((0, 0, 0), stream)
    assert path.stat().st_size < 450_000  # 377 MB when read
    with pytest.raises(InputError, match=r"person_001/crops/\d+ and those before it claim"):
        everything(path)


@pytest.mark.parametrize("data", [b"", b"\x89HDF\r\n\x1a\n" + bytes(100), b"PK\x03\x04 no such thing"])
def test_what_is_no_hdf5_is_refused(tmp_path, data):
    (tmp_path / "theirs.h5").write_bytes(data)
    with pytest.raises(InputError, match=r"theirs\.h5 can't be read as HDF5"):
        everything(tmp_path / "theirs.h5")


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_a_flipped_byte_or_a_cut_is_refused_or_harmless(tmp_path, data):
    valid = bytearray(written(tmp_path / "valid.h5", person(1, (6, 4)), person(2, (4, 4))).read_bytes())
    place = data.draw(st.integers(0, len(valid) - 1))
    if data.draw(st.booleans()):
        valid[place] ^= data.draw(st.integers(1, 255))
    else:
        del valid[place:]
    (tmp_path / "theirs.h5").write_bytes(valid)
    try:
        groups = everything(tmp_path / "theirs.h5")
    except InputError:
        return
    assert all(len(group.pictures) == len(group.frame_numbers) for group in groups)


@pytest.mark.parametrize("level", [None, 4])
def test_any_number_of_threads_gives_the_same_bytes(tmp_path, level):
    groups = [person(number, *[(9 + row, 5) for row in range(12)]) for number in (1, 2)]
    contents = set()
    for threads in (1, 4):
        write_groups(tmp_path / "a.h5", groups, NOTES, level, threads)
        contents.add((tmp_path / "a.h5").read_bytes())
    assert len(contents) == 1
    assert encode_crops(pack_groups(groups)) == encode_crops(pack_groups(groups, threads=4))
