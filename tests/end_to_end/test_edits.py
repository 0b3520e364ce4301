"""A result edited as a user edits it: in a folder, and on services that share a broker and a store."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from castlist.codec.arrays import decode_npz
from castlist.codec.documents import decode_json
from cli.main import main
from cli.output_folder import compare
from tests.end_to_end.conftest import models_environment

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(autouse=True)
def _models(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in models_environment().items():
        monkeypatch.setenv(name, value)


@pytest.fixture
def folder(embedded_results: Path, tmp_path: Path) -> Path:
    copy = tmp_path / "results"
    shutil.copytree(embedded_results, copy)
    return copy


def person_ids(folder: Path, name: str = "canonical_persons.npz") -> list[int]:
    ids: list[int] = decode_npz((folder / name).read_bytes())["person_ids"].tolist()
    return ids


def two_who_never_meet(folder: Path) -> tuple[int, int]:
    """The first two persons that share no frame."""
    columns = decode_npz((folder / "canonical_persons.npz").read_bytes())
    frames = np.split(columns["frame_numbers"], columns["offsets"][1:-1])
    ids = columns["person_ids"].tolist()
    pairs = ((one, two) for one in range(len(ids)) for two in range(one + 1, len(ids)))
    return next((ids[one], ids[two]) for one, two in pairs if not set(frames[one]) & set(frames[two]))


def two_who_meet(folder: Path) -> tuple[int, int]:
    columns = decode_npz((folder / "canonical_persons.npz").read_bytes())
    frames = np.split(columns["frame_numbers"], columns["offsets"][1:-1])
    ids = columns["person_ids"].tolist()
    pairs = ((one, two) for one in range(len(ids)) for two in range(one + 1, len(ids)))
    return next((ids[one], ids[two]) for one, two in pairs if set(frames[one]) & set(frames[two]))


def test_merge_then_undo_gives_the_same_bytes_and_computes_little(
    embedded_results: Path, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = two_who_never_meet(folder)
    assert main(["merge", str(folder), str(first), f"p{second}"]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0] == f"persons {first} and {second} are person {first} now; the report will be revision 1"
    assert said[1].startswith("report: file://")
    assert person_ids(folder) == [number for number in person_ids(embedded_results) if number != second]
    assert compare(embedded_results, folder) != []
    assert main(["undo", str(folder)]) == 0
    assert capsys.readouterr().out.startswith(f"taken back: merge persons {first} and {second}; the report will be revision 2\n")
    assert compare(embedded_results, folder) == []
    tasks = decode_json((folder / "timings.json").read_bytes())["tasks"]
    assert {task["stage"] for task in tasks if not task["reused"]} == {"compare"}, "neither pictures nor report are made again"


def test_what_was_undone_comes_back_and_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["rename", str(folder), "1", "Anna"]) == 0
    assert main(["select", str(folder), "--persons", "p1,p2"]) == 0
    assert person_ids(folder, "selected_persons.npz") == [1, 2]
    assert main(["undo", str(folder)]) == 0
    assert person_ids(folder, "selected_persons.npz") == []
    assert main(["redo", str(folder)]) == 0
    assert person_ids(folder, "selected_persons.npz") == [1, 2]
    capsys.readouterr()
    assert main(["history", str(folder)]) == 0
    lines = [line.split(maxsplit=2) for line in capsys.readouterr().out.splitlines()[1:]]
    assert [(line[0], line[2]) for line in lines] == [
        ("1", "call person 1 Anna                 stands"),
        ("2", "select persons 1 and 2             stands"),
        ("3", "undo of 2: select persons 1 and 2"),
        ("4", "redo of 2: select persons 1 and 2"),
    ]
    rankings = decode_json((folder / "ranking_results.json").read_bytes())["rankings"]
    assert {entry["person_id"]: entry["name"] for entry in rankings if entry["name"]} == {1: "Anna"}


def test_edits_survive_a_run_with_other_parameters_and_by_force(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["rename", str(folder), "1", "Anna"]) == 0
    for options in (["--set", "group.max_temporal_gap_frames=1", "--set", "compare.similarity_threshold=0.5"], ["--force"]):
        video = Path(__file__).parents[2] / "examples" / "campus-clip.mp4"
        assert main(["run", str(video), "-o", str(folder), "-q", *options]) == 0
        rankings = decode_json((folder / "ranking_results.json").read_bytes())["rankings"]
        assert [entry["name"] for entry in rankings if entry["name"]] == ["Anna"]


def test_what_can_not_be_is_refused_with_a_reason(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    first, second = two_who_meet(folder)
    for command, words in (
        (["merge", folder, first, second], f"persons {first} and {second} are both seen in frame"),
        (["merge", folder, first], "two persons or more"),
        (["merge", folder, first, 99], "there is no person 99; near it are"),
        (["move", folder, 9999, "--to", "new"], "there is no tracklet 9999; near it are"),
        (["rename", folder, "Anna", "3"], "'Anna' is no person: give a number"),
        (["split", folder, first], "is not merged of several"),
        (["undo", folder], "there is nothing to undo"),
        (["redo", folder], "there is nothing to redo"),
        (["ignore", folder, first, "--back"], "that is how it is already"),
        (["rename", folder, first, "Anna", "--revision", 3], "its revision is now 0"),
        (["rename", tmp_path, 1, "Anna"], "holds no job of its own"),
    ):
        assert main([str(part) for part in command]) == 2
        assert words in capsys.readouterr().err
    assert main(["history", str(folder)]) == 0
    assert capsys.readouterr().out == "no edits; the report is revision 0\n"
