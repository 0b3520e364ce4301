"""ONNX Runtime on CUDA gives what it gives on the CPU, and the same bytes again. Needs onnxruntime-gpu and a GPU."""

from pathlib import Path

import av
import numpy as np
import pytest

from castlist.codec.documents import decode_json
from castlist.domain.devices import Device
from castlist.inference.engines import Runtime
from castlist.inference.onnx_runtime import cuda_fault
from castlist.manifest import PACKAGED_FOLDER
from cli.main import main
from services.detector.models.loaded import LoadedDetectors
from services.reid.models.osnet import OsnetEmbedder
from tests.conftest import REPOSITORY

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(bool(cuda_fault()), reason=f"no CUDA here: {cuda_fault()}")]

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"


@pytest.fixture(scope="module")
def frame() -> np.ndarray:
    with av.open(str(CLIP)) as container:
        return next(container.decode(video=0)).to_ndarray(format="bgr24")


def test_the_detector_finds_the_same_people(frame: np.ndarray) -> None:
    weights = PACKAGED_FOLDER / "ssdlite_pedestrian.onnx"
    on_cpu, on_cuda = (LoadedDetectors().get("ssdlite_pedestrian", "a", weights, Runtime(device=device)) for device in Device)
    boxes, confidences = on_cpu.detect(frame[:330, 230:538], 0.3)
    cuda_boxes, cuda_confidences = on_cuda.detect(frame[:330, 230:538], 0.3)
    np.testing.assert_allclose(cuda_boxes, boxes, atol=1.0)
    np.testing.assert_allclose(cuda_confidences, confidences, atol=0.01)


def test_embeddings_are_the_same_and_the_same_bytes_again(frame: np.ndarray, shared_data: Path) -> None:
    weights = shared_data / "models" / "osnet_x0_25_msmt17.onnx"
    crops = [np.ascontiguousarray(frame[top : top + 120, left : left + 60]) for top in (0, 200, 400) for left in (0, 300, 600)]
    on_cpu, on_cuda = (OsnetEmbedder(weights, 4, Runtime(device=device)) for device in Device)
    first, second = on_cpu.embed(crops), on_cuda.embed(crops)
    cosines = (first * second).sum(axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)
    assert cosines.min() >= 0.999
    np.testing.assert_array_equal(second, on_cuda.embed(crops))


def test_a_whole_job_says_that_it_ran_on_cuda(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CASTLIST_DEVICE", "cuda")
    assert main(["run", str(CLIP), "-o", str(tmp_path), "--offline", "--quiet"]) == 0
    detector = decode_json((tmp_path / "run.json").read_bytes())["models"]["detector"]
    assert detector["runtime"].endswith(" cuda float32")
