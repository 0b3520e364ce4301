"""`castlist models`: what there is, what can be had, what differs, and what is converted."""

import json
import shutil
from pathlib import Path

import pytest

from castlist.manifest import PACKAGED_FOLDER, manifest
from cli import conversion
from cli.main import main
from tests.conftest import shared_folder
from tests.fixtures.onnx_bytes import model


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CASTLIST_MODELS", raising=False)


def test_without_a_network_services_fall_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "models"
    assert main(["models", "pull", "--to", str(folder), "--offline"]) == 0
    told = capsys.readouterr()
    assert told.out == "detector: ssdlite_pedestrian, comes with Castlist\nembedder: what comes with the services\n"
    assert told.err.splitlines() == [
        "yolox_nano is not on this machine, and downloads are switched off.",
        "osnet_x0_25_msmt17 is not on this machine, and downloads are switched off.",
    ]
    assert list(folder.iterdir()) == []


def test_a_model_that_is_named_must_be_had(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", "ssdlite_pedestrian", "--offline"]) == 0
    assert main(["models", "pull", "yolox_nano", "--offline"]) == 5
    assert "yolox_nano is not on this machine" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("yolox_huge", "there is no model 'yolox_huge': `castlist models list` shows all"),
        ("ultralytics_yolo", "it is the user's to bring: put ultralytics_yolo.onnx into the models folder"),
    ],
)
def test_a_model_that_can_not_be_pulled(name: str, words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "pull", name]) == 2
    assert words in capsys.readouterr().err


def test_weights_of_the_users_own_stay_and_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "osnet_x0_25_msmt17.onnx"
    own.write_bytes(b"of another export")
    assert main(["models", "pull", "--to", str(tmp_path), "--offline"]) == 0
    assert "embedder: osnet_x0_25_msmt17, models folder; osnet_x0_25_msmt17.onnx is not" in capsys.readouterr().out
    assert own.read_bytes() == b"of another export"


def test_a_folder_that_can_not_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["models", "pull", "--to", str(tmp_path / "file" / "models")]) == 2
    assert "can't be made (Not a directory): name another one" in capsys.readouterr().err


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mine"
    path.mkdir()
    shutil.copy(PACKAGED_FOLDER / "ssdlite_pedestrian.onnx", path)
    (path / "best.onnx").write_bytes(model(facts={"license": "AGPL-3.0"}))
    return path


def test_every_model_is_listed(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--models", str(folder), "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert list(rows) == [*manifest(), "best.onnx"]
    ours, theirs, absent = rows["ssdlite_pedestrian"], rows["best.onnx"], rows["yolox_nano"]
    assert (ours["origin"], ours["as_pinned"], ours["licence"], ours["engine"]) == ("models folder", True, "MIT", "onnxruntime")
    assert ours["runtime"].endswith(" cpu float32")
    assert ours["ms_per_picture"]["onnxruntime float32"] > 0
    assert "AP50" in ours["quality"]
    assert (theirs["path"], theirs["as_pinned"], theirs["licence"]) == (str(folder / "best.onnx"), None, "AGPL-3.0")
    assert (absent["path"], absent["runtime"], absent["as_pinned"]) == ("", "", None)
    assert absent["download"].startswith("https://")


def test_the_list_for_people(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--models", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    (ours,) = [line for line in lines if line.startswith("ssdlite_pedestrian ")]
    assert ours.split()[1:5] == ["detector", "models", "folder", "ok"]
    assert "yolox_nano" in next(line for line in lines if "can be pulled" in line)
    assert f"best.onnx: AGPL-3.0 ({folder / 'best.onnx'})" in lines


def test_weights_are_compared_with_what_is_pinned(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "verify", "--models", str(folder)]) == 0
    found = [line.partition(": ")[2].partition(",")[0] for line in capsys.readouterr().out.splitlines()]
    assert found == ["as pinned", "as pinned", "yours"]  # the folder's, the package's
    (folder / "yolox_nano.onnx").write_bytes(b"half a download")
    assert main(["models", "verify", "--models", str(folder)]) == 1
    assert f"{folder / 'yolox_nano.onnx'}: differs from the pinned file, SHA-256 " in capsys.readouterr().out


def test_a_damaged_download_is_not_used_and_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    cache = tmp_path / "cache" / "models"
    cache.mkdir(parents=True)
    (cache / "yolox_nano.onnx").write_bytes(b"half a download")
    assert main(["models", "verify"]) == 1
    assert f"{cache / 'yolox_nano.onnx'}: differs from the pinned file" in capsys.readouterr().out


def test_a_conversion_says_what_it_lacks(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(conversion, "find_spec", lambda _: None)
    assert main(["models", "convert", "yolo", "best.pt", "--sha256", "0" * 64, "--to", "models"]) == 2
    assert "needs torch, torchvision, ultralytics, onnx, not installed here: pip install 'castlist[ultralytics]'" in capsys.readouterr().err
    with pytest.raises(SystemExit, match="2"):
        main(["models", "convert", "osnet", "x.pth"])
    with pytest.raises(SystemExit, match="0"):
        main(["models", "convert", "--help"])
    assert "castlist models convert" in capsys.readouterr().out


def test_only_the_file_that_is_meant_is_unpickled(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """The process of its own compares hashes before it loads torch, so this needs none."""
    monkeypatch.setattr(conversion, "find_spec", lambda _: True)
    checkpoint = tmp_path / "best.pt"
    checkpoint.write_bytes(b"cposix\nsystem\n(S'touch stolen'\ntR.")
    for path, words in ((checkpoint, "it is another file than you mean"), (tmp_path / "no.pt", "can't be read (No such file")):
        assert main(["models", "convert", "yolo", str(path), "--sha256", "0" * 64, "--to", str(tmp_path / "models")]) == 5
        told = capfd.readouterr().err
        assert words in told
        assert f"{path} was not converted; why, stands above" in told
    assert not (tmp_path / "models").exists()


def test_shared_weights_are_listed_with_what_runs_them(shared_data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["models", "list", "--models", str(shared_folder() / "models"), "--json"]) == 0
    rows = {row["name"]: row for row in json.loads(capsys.readouterr().out)["models"]}
    assert rows["yolov5n.onnx"]["runtime"].endswith(" cpu float16")
    assert rows["yolov8n_int8.onnx"]["runtime"].endswith(" cpu int8")
    assert rows["yolov8n_int8.onnx"]["licence"].startswith("AGPL-3.0")
