"""`castlist eval reid` on pictures of plain colours, which the colour stripes tell apart, and on folders that are wrong."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from cli.main import main

RED, DARK_RED, GREEN, BLUE = (20, 20, 220), (20, 20, 120), (20, 220, 20), (220, 20, 20)


def picture(path: Path, colour: tuple[int, int, int]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), np.tile(np.uint8(colour), (40, 20, 1)))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Person 2 changed colours between cameras and is found after the distractor; person 5 is found at once."""
    for name, colour in {
        "query/0002_c1s1_000451_03.jpg": RED,
        "query/0005_c2s1_000001_00.jpg": GREEN,
        "query/0006_c1s1_000001_00.png": BLUE,
        "bounding_box_test/0002_c1s1_000452_01.jpg": RED,  # the same person by the same camera
        "bounding_box_test/-1_c3s1_000001_00.jpg": RED,
        "bounding_box_test/0000_c3s1_000002_00.jpg": RED,
        "bounding_box_test/0002_c2s2_000003_00.JPG": DARK_RED,
        "bounding_box_test/0005_c1s1_000004_00.jpg": GREEN,
    }.items():
        picture(tmp_path / name, colour)
    (tmp_path / "query" / "Thumbs.db").touch()
    return tmp_path


def run(folder: Path, *arguments: str) -> int:
    return main(["eval", "reid", str(folder), "--embedder", "colour_stripes", "--offline", "--quiet", *arguments])


def test_the_figures(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["model", "rank-1", "rank-5", "rank-10", "mAP", "queries", "gallery", "dim"]
    assert lines[1].split() == ["colour_stripes", "50.0", "100.0", "100.0", "75.0", "2", "5", "1536"]
    assert lines[2] == "1 queries are not counted: no other camera took that person."


def test_the_figures_for_programs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(folder, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["model"]["name"] == "colour_stripes"
    del found["model"]
    assert found == {
        "dim": 1536,
        "gallery_pictures": 5,
        "queries": 2,
        "queries_without_answer": 1,
        "rank": {"1": 0.5, "5": 1.0, "10": 1.0},
        "mAP": 0.75,
    }


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (
            lambda folder: folder.rename(folder.with_name("other")),
            "has no folder query; one as of Market-1501 has query and bounding_box_test",
        ),
        (lambda folder: picture(folder / "query" / "person2.jpg", RED), "person2.jpg is not named as in Market-1501, as 0002_c1s1_000451"),
        (lambda folder: picture(folder / "query" / "0000_c1s1_1_0.jpg", RED), "is nobody in particular, who can't be asked for: move it"),
        (lambda folder: (folder / "query" / "0005_c2s1_000001_00.jpg").write_bytes(b"no"), "is no picture that can be decoded: replace or"),
        (lambda folder: (folder / "query" / "0005_c2s1_000001_00.jpg").write_bytes(b""), "is no picture that can be decoded: replace or"),
        (lambda folder: [path.unlink() for path in (folder / "query").iterdir()], r"query holds no pictures (.jpeg, .jpg, .png)"),
        (
            lambda folder: [path.unlink() for path in (folder / "bounding_box_test").glob("000[25]_c[12]s[12]_00000*")],
            "bounding_box_test shows nobody of query by another camera, so there is nothing to find",
        ),
    ],
)
def test_wrong_folders_are_told_what_is_wrong(folder: Path, change, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    change(folder)
    assert run(folder) == 3
    assert words in capsys.readouterr().err


def test_weights_that_are_not_there(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["eval", "reid", str(folder), "--embedder", "osnet_x1_0_msmt17", "--offline", "--quiet"]) == 5
    assert "the weights of osnet_x1_0_msmt17 are not on this machine: put osnet_x1_0_msmt17.onnx into" in capsys.readouterr().err


def test_a_result_folder_called_reid_is_scored_by_its_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        main(["eval", "reid", "--gt", "gt.txt"])
    assert stopped.value.code == 2
    assert main(["eval", "./reid", "--gt", "gt.txt"]) == 3
