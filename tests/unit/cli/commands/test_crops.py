"""`castlist crops`, but for the export of a job, which is in tests/end_to_end/test_crop_files.py."""

import pickle
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest

from castlist.codec.crop_packing import pack_groups
from castlist.codec.crops_by_person import CropGroup, LayoutNotes, open_groups, write_groups
from castlist.codec.crops_hdf5 import decode_crops, encode_crops
from cli.main import main


def picture(height: int, width: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), np.uint8)


def group(number: int, count: int) -> CropGroup:
    boxes = np.array([[row, row, row + 3, row + 4] for row in range(count)], np.float32).reshape(count, 4)
    pictures = [picture(4 + row, 3, row) for row in range(count)]
    return CropGroup(number, np.arange(count), pictures, boxes, np.full(count, 0.5, np.float32))


@pytest.fixture
def by_person(tmp_path) -> Path:
    path = tmp_path / "crops_by_person.h5"
    write_groups(path, [group(1, 3), group(2, 0), group(12, 2)], LayoutNotes("now", 2025, "nets.mp4"), 4)
    return path


def run(*words: object) -> int:
    return main(["crops", *map(str, words)])


def pixels(path: Path) -> dict[str, bytes]:
    with h5py.File(path) as file:
        found: dict[str, bytes] = {}
        file.visititems(lambda name, item: found.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_to_the_packed_file_and_back(tmp_path, by_person, capsys):
    packed, again = tmp_path / "packed.h5", tmp_path / "again.h5"
    assert run("import", by_person, "-o", packed) == 0
    assert "packed.h5: 3 persons, 5 crops (1 of the persons have none and are left out), " in capsys.readouterr().out
    assert decode_crops(packed.read_bytes()).person_ids.tolist() == [1, 1, 1, 12, 12]
    assert run("export", packed, "-o", again, "--compression", "none") == 0
    assert "again.h5: 2 persons, 5 crops, " in capsys.readouterr().out
    before, after = pixels(by_person), pixels(again)
    assert after == {name: data for name, data in before.items() if "person_002" not in name}
    with h5py.File(again) as file:
        about = dict(file["metadata"].attrs)
        assert about.pop("created_timestamp").endswith("+00:00")
        assert about == {"num_persons": 2, "total_crops": 5, "total_frames": 2025, "video_source": "nets.mp4", "format_version": "1.0"}
        assert file["person_001/crops/0"].compression is None
    assert sorted(path.name for path in tmp_path.iterdir()) == ["again.h5", "crops_by_person.h5", "packed.h5"]


def test_a_pickle_becomes_a_file_in_the_layout(tmp_path, capsys):
    old, new = tmp_path / "crops_by_person.pkl", tmp_path / "new.h5"
    crops = [picture(5, 4, 1), None]
    old.write_bytes(pickle.dumps({3: {"frame_numbers": np.array([7, 8]), "crops": crops, "bboxes": None, "confidences": None}}))
    assert run("convert-pickle", old, "-o", new, "--level", 9) == 0
    assert "new.h5: 1 persons, 1 crops (1 rows have no picture and are left out), " in capsys.readouterr().out
    with open_groups(new) as file:
        np.testing.assert_array_equal(file.group(3).pictures[0], crops[0])
    with h5py.File(new) as file:
        assert file["person_003/crops/0"].compression_opts == 9


class Touch:
    def __reduce__(self) -> tuple[object, ...]:
        return open, ("touched", "w")


HUGE = struct.pack("<Q", 1 << 45)


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (pickle.dumps(Touch()), "theirs.pkl is refused: it asks for"),
        (b"", "theirs.pkl is no pickle, or a damaged one"),
        (b"\x80\x04\x8e" + HUGE, "theirs.pkl is"),  # 35 TB of bytes announced
        (b"\x80\x04\x8d" + HUGE, "theirs.pkl is"),  # as text
        (b"\x80\x05\x96" + HUGE, "theirs.pkl is"),  # as a buffer
        (b"\x80\x04\x95" + HUGE + b"N.", "theirs.pkl is"),  # as a frame
        (b"\x80\x04Nr\xff\xff\xff\x7f.", "theirs.pkl "),  # a memo of two milliards of places
        (b"\x80\x04" + b"(" * 100_000 + b"t" * 100_000 + b".", "theirs.pkl holds neither"),  # nested a hundred thousand deep
        # Lists of three times the list before: 3 ** 200 items for whoever walks through them.
        (
            b"\x80\x04]\x94" + b"".join(b"]\x94(" + b"h" + bytes([n]) + (b"h" + bytes([n])) * 2 + b"e" for n in range(200)) + b".",
            "theirs.pkl ",
        ),
    ],
)
def test_a_hostile_pickle_is_an_error_and_leaves_nothing(tmp_path, monkeypatch, capsys, data, reason):
    monkeypatch.chdir(tmp_path)
    Path("theirs.pkl").write_bytes(data)
    assert run("convert-pickle", "theirs.pkl", "-o", "new.h5") == 3
    error = capsys.readouterr().err
    assert error.startswith("castlist: ")
    assert reason in error
    assert [path.name for path in tmp_path.iterdir()] == ["theirs.pkl"]


def test_a_damaged_file_is_bad_input_that_names_the_place(tmp_path, by_person, capsys):
    with h5py.File(by_person, "r+") as file:
        del file["person_012/crops/1"]
    assert run("import", by_person, "-o", tmp_path / "packed.h5") == 3
    assert "castlist: crops_by_person.h5: person_012/crops has 1 members, expected a crop for each of 2" in capsys.readouterr().err
    assert not (tmp_path / "packed.h5").exists()
    packed = tmp_path / "packed.h5"
    packed.write_bytes(encode_crops(pack_groups([group(1, 2)])).replace(b"IDAT", b"IDOT"))
    assert run("export", packed, "-o", tmp_path / "again.h5") == 3
    assert "castlist: packed.h5 is no packed crop file, or a damaged one: an image of 4 x 3 pixels is damaged" in capsys.readouterr().err
    assert run("export", by_person, "-o", tmp_path / "again.h5") == 3
    assert "castlist: crops_by_person.h5 is no packed crop file, or a damaged one: " in capsys.readouterr().err
    assert not (tmp_path / "again.h5").exists()


def test_what_cannot_be_done_is_wrong_usage(tmp_path, by_person, capsys):
    before = by_person.read_bytes()
    packed = tmp_path / "packed.h5"
    packed.write_bytes(encode_crops(pack_groups([group(1, 2)])))
    for words, reason in (
        (("import", tmp_path / "none.h5", "-o", tmp_path / "a.h5"), "none.h5 is no file"),
        (("import", by_person, "-o", by_person), "is what is read"),
        (("import", by_person, "-o", tmp_path / "no" / "a.h5"), "name a file in a folder that is there"),
        (("export", packed, "-o", tmp_path), "name a file in a folder that is there"),
        (("export", packed, "-o", tmp_path / "a.h5", "--top", "3"), "which a packed file does not have"),
        (("export", tmp_path / "none.h5", "-o", tmp_path / "a.h5"), "none.h5 is neither a folder nor a file nor the id of a job"),
        (("export", tmp_path, "-o", tmp_path / "a.h5"), "does not say where its crops are"),
    ):
        assert run(*words) == 2
        assert reason in capsys.readouterr().err
    assert by_person.read_bytes() == before
    with pytest.raises(SystemExit):
        run("export", packed, "-o", tmp_path / "a.h5", "--level", "0")
