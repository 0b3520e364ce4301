"""OpenVINO gives what ONNX Runtime gives, whoever asks, and reports to nobody."""

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from castlist.domain.geometry import iou_matrix
from castlist.errors import TaskFailed
from castlist.inference.engines import Runtime
from castlist.inference.networks import open_network
from castlist.manifest import PACKAGED_FOLDER
from services.detector.models.exported_yolo import ExportedYolo
from services.detector.models.loaded import LoadedDetectors
from services.reid.models.embedder import Picture
from services.reid.models.osnet import OsnetEmbedder
from tests.conftest import REPOSITORY, shared_folder
from tests.fixtures.onnx_bytes import block, constant, model, node, number, value_info

MODELS = shared_folder() / "models"
DETECTORS = {
    "ssdlite_pedestrian": PACKAGED_FOLDER / "ssdlite_pedestrian.onnx",
    "yolox_nano": MODELS / "yolox_nano.onnx",
    "yolov5n.onnx": MODELS / "yolov5n.onnx",
}
OPENVINO = Runtime("openvino")
SILENCERS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "JENKINS_URL")  # any of these switches its telemetry off, and would hide that we forgot
PROBE = """
import pathlib, sys
from castlist.inference.networks import open_network
from castlist.inference.engines import Runtime
open_network(pathlib.Path(sys.argv[1]).read_bytes(), "ssdlite", Runtime("openvino"))
"""


def had(path: Path) -> Path:
    if not path.exists():
        pytest.skip("shared data not present")
    return path


@pytest.mark.parametrize("name", DETECTORS)
def test_a_detector_sees_the_same_people(name: str, frame: np.ndarray) -> None:
    path, picture = had(DETECTORS[name]), frame[:330, 230:538]
    (boxes, sure), (other_boxes, other_sure) = (
        LoadedDetectors().get(name, "", path, runtime).detect(picture, 0.3) for runtime in (Runtime(), OPENVINO)
    )
    assert len(boxes) == len(other_boxes) >= 1
    assert iou_matrix(boxes, other_boxes).max(axis=1).min() > 0.97  # equally sure ones may change places
    np.testing.assert_allclose(other_sure, sure, atol=0.01)


def test_crops_have_the_same_vectors(crops: list[Picture]) -> None:
    path = had(MODELS / "osnet_x0_25_msmt17.onnx")
    first, second = (OsnetEmbedder(path, 4, runtime).embed(crops[:10]) for runtime in (Runtime(), OPENVINO))  # batches of 4, 4 and 2
    np.testing.assert_allclose(second, first, atol=1e-3)


def test_threads_share_a_network(frame: np.ndarray) -> None:
    detector = LoadedDetectors().get("ssdlite_pedestrian", "", DETECTORS["ssdlite_pedestrian"], OPENVINO)
    pictures = [frame[:330, left : left + 308] for left in (0, 100, 230, 400)] * 2
    alone = [detector.detect(picture, 0.1) for picture in pictures]
    with ThreadPoolExecutor(2) as threads:
        together = list(threads.map(lambda picture: detector.detect(picture, 0.1), pictures))
    for first, second in zip(alone, together, strict=True):
        assert np.array_equal(first[0], second[0])
        assert np.array_equal(first[1], second[1])


def test_what_the_exporter_wrote_and_open_sides_are_known() -> None:
    columns = np.zeros((1, 6, 42), np.float32)
    columns[0, :, 3] = [20, 10, 8, 4, 0.2, 0.9]
    data = model(
        block(1, node("ReduceMean", ["images"], "mean", block(5, block(1, b"keepdims"), number(3, 0), number(20, 2)))),
        block(1, constant("nothing", np.zeros(1))),
        block(1, constant("columns", columns)),
        block(1, node("Mul", ["mean", "nothing"], "no_mean")),  # without it nothing depends on the input, which is then left out
        block(1, node("Add", ["columns", "no_mean"], "output0")),
        block(2, b"yolo"),
        block(11, value_info("images", 1, 3, "h", "w")),
        block(12, value_info("output0", *columns.shape)),
        facts={"names": "['dog', 'person']", "imgsz": "[32, 64]"},
    )
    detector = ExportedYolo(open_network(data, "mine.onnx", OPENVINO), "mine.onnx")
    assert len(detector.detect(np.zeros((48, 64, 3), np.uint8), 0.5)[0]) == 1


@pytest.mark.parametrize("data", [b"no model", b"", b"\x08\x08"])
def test_weights_that_are_none(data: bytes) -> None:
    with pytest.raises(TaskFailed, match=r"^mine\.onnx can't be loaded"):
        open_network(data, "mine.onnx", OPENVINO)


def test_nothing_leaves_the_machine(tmp_path: Path) -> None:
    environment = {name: value for name, value in os.environ.items() if name not in SILENCERS and not name.startswith("XDG_")}
    command = [sys.executable, "-c", PROBE, str(DETECTORS["ssdlite_pedestrian"])]
    probe = subprocess.run(command, cwd=REPOSITORY, env=environment | {"HOME": str(tmp_path)}, capture_output=True, text=True, check=False)
    assert probe.returncode == 0, probe.stderr
    assert list(tmp_path.rglob("*")) == []
