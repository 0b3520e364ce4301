"""What `plan` chooses where OpenVINO is installed, that a whole job runs on it, and that the committed record of bfloat16 is true."""

import json
from pathlib import Path

import pytest

from benchmarks.engines import judge_detector, judge_embedder
from castlist.domain.devices import CPU_ALONE
from castlist.inference.choices import RuntimeWish
from castlist.inference.engines import ENGINES
from castlist.inference.measured import BFLOAT16_FILE
from castlist.manifest import ModelLibrary
from cli.main import main
from services.detector.models.choosing import ModelChooser
from services.reid.models.embedder import Picture
from tests.conftest import shared_folder
from tests.fixtures.clips import make_clip

RECORD = json.loads(BFLOAT16_FILE.read_text())["networks"]


def runtime_of(wish: RuntimeWish) -> str:
    return ModelChooser(ModelLibrary(), CPU_ALONE).detector("ssdlite_pedestrian", wish).runtime


def test_the_fastest_was_measured(bfloat16: None) -> None:
    assert runtime_of(RuntimeWish()).startswith("onnxruntime ")
    assert runtime_of(RuntimeWish(precision="auto")).startswith("openvino ")
    assert runtime_of(RuntimeWish(precision="auto")).endswith(" cpu bfloat16")
    assert runtime_of(RuntimeWish("onnxruntime", "auto")).endswith(" cpu float32")


def test_an_engine_may_be_demanded() -> None:
    assert runtime_of(RuntimeWish("openvino")).startswith("openvino ")
    assert runtime_of(RuntimeWish("openvino")).endswith(" cpu float32")
    assert runtime_of(RuntimeWish("onnxruntime")).startswith("onnxruntime ")


def test_a_whole_job_on_openvino(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTLIST_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CASTLIST_MODELS", raising=False)
    clip = make_clip(tmp_path / "clip.mp4", frames=8)
    command = ["run", str(clip), "-o", str(tmp_path / "out"), "--offline", "-q", "--set=plan.runtime=openvino"]
    assert main(command) == 0
    runtime = json.loads((tmp_path / "out" / "run.json").read_text())["models"]["detector"]["runtime"]
    assert runtime == f"{ENGINES['openvino'].name()} cpu float32"


def recorded(file: str) -> dict:
    return next(entry for entry in RECORD.values() if entry["file"] == file)


def test_the_record_of_the_embedder_is_true(bfloat16: None, crops: list[Picture]) -> None:
    path = shared_folder() / "models" / "osnet_x0_25_msmt17.onnx"
    if not path.exists():
        pytest.skip("shared data not present")
    model = ModelLibrary(path.parent).resolve("osnet_x0_25_msmt17")
    assert model is not None
    found, record = judge_embedder(model, crops), recorded(path.name)
    assert found["least_cosine"] >= record["least_cosine"] - 0.003
    assert found["mean_cosine"] == pytest.approx(record["mean_cosine"], abs=0.001)


@pytest.mark.parametrize("file", ["ssdlite_pedestrian.onnx", "yolox_nano.onnx"])
def test_the_record_of_detectors_is_true(file: str, bfloat16: None) -> None:
    """On few of the frames, so with more room than the record's own bounds."""
    sequence = shared_folder() / "data" / "pets09-s2l1"
    if not sequence.is_dir():
        pytest.skip("shared data not present")
    model = ModelLibrary(shared_folder() / "models").resolve(file)
    assert model is not None
    found, record = judge_detector(model, sequence, every=100), recorded(file)
    assert record["allowed"] is True
    assert found["ap50"]["bfloat16"] >= found["ap50"]["float32"] - 0.02
    assert found["sure_boxes_alike"] >= record["sure_boxes_alike"] - 0.03
