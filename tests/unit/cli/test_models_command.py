"""`castlist models` fills a folder where it can and is content where it can't."""

from pathlib import Path

import pytest

from cli.main import main


def test_without_a_network_services_fall_back(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = tmp_path / "new" / "models"
    assert main(["models", str(folder), "--offline"]) == 0
    told = capsys.readouterr()
    assert told.out == "detector: ssdlite_pedestrian, comes with Castlist\nembedder: what comes with the services\n"
    assert told.err.splitlines() == [
        "yolox_nano is not on this machine, and downloads are switched off.",
        "osnet_x0_25_msmt17 is not on this machine, and downloads are switched off.",
    ]
    assert list(folder.iterdir()) == []


def test_weights_of_the_users_own_stay_and_are_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = tmp_path / "osnet_x0_25_msmt17.onnx"
    own.write_bytes(b"of another export")
    assert main(["models", str(tmp_path), "--offline"]) == 0
    assert "embedder: osnet_x0_25_msmt17, models folder; osnet_x0_25_msmt17.onnx from the models folder is not" in capsys.readouterr().out
    assert own.read_bytes() == b"of another export"


def test_a_folder_that_can_not_be_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    assert main(["models", str(tmp_path / "file" / "models")]) == 2
    assert "can't be made (Not a directory): name another one" in capsys.readouterr().err
