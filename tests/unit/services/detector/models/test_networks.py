"""The real networks on a real frame with three people in sight."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import av
import numpy as np
import pytest
from numpy.typing import NDArray

from castlist.errors import NotReadyForTask, TaskFailed
from castlist.manifest import PACKAGED_FOLDER
from services.detector.models.detector import Detector
from services.detector.models.loaded import LoadedDetectors
from tests.conftest import REPOSITORY, shared_folder

NETWORKS = {
    "ssdlite_pedestrian": PACKAGED_FOLDER / "ssdlite_pedestrian.onnx",
    "yolox_nano": shared_folder() / "models" / "yolox_nano.onnx",
    "yolov5n.onnx": shared_folder() / "models" / "yolov5n.onnx",
    "yolov8n_int8.onnx": shared_folder() / "models" / "yolov8n_int8.onnx",
    "my_yolox.onnx": shared_folder() / "models" / "yolox_nano.onnx",
}


@pytest.fixture(scope="module")
def frame() -> NDArray[np.uint8]:
    with av.open(str(REPOSITORY / "examples" / "campus-clip.mp4")) as container:
        picture: NDArray[np.uint8] = next(container.decode(video=0)).to_ndarray(format="bgr24")
        return picture


@pytest.fixture(scope="module", params=NETWORKS)
def detector(request: pytest.FixtureRequest) -> Detector:
    weights: Path = NETWORKS[request.param]
    if not weights.exists():
        pytest.skip("shared data not present")
    return LoadedDetectors().get(request.param, "", weights)


def test_boxes_are_upright_inside_the_picture_and_surest_first(detector: Detector, frame: NDArray[np.uint8]) -> None:
    picture = frame[:330, 230:538]
    boxes, confidences = detector.detect(picture, 0.3)
    assert boxes.dtype == confidences.dtype == np.float32
    assert len(boxes) == len(confidences) >= 1
    assert (confidences >= 0.3).all()
    assert (confidences <= 1).all()
    assert (np.diff(confidences) <= 0).all()
    sides = boxes[:, 2:] - boxes[:, :2]
    assert (sides[:, 1] > 1.5 * sides[:, 0]).all()
    middles = (boxes[:, :2] + boxes[:, 2:]) / 2
    assert ((middles > 0) & (middles < [308, 330])).all()


def test_a_person_is_found_where_the_picture_is_moved(detector: Detector, frame: NDArray[np.uint8]) -> None:
    here, _ = detector.detect(frame[:330, 230:538], 0.3)
    there, _ = detector.detect(frame[:330, 214:522], 0.3)
    nearest = np.abs(here[0] + [16, 0, 16, 0] - there).max(axis=1).min()
    assert nearest < 8


def test_the_threshold_only_leaves_out(detector: Detector, frame: NDArray[np.uint8]) -> None:
    many, sure = detector.detect(frame[:330, :308], 0.05), detector.detect(frame[:330, :308], 0.5)
    kept = many[1] >= 0.5
    assert np.array_equal(many[0][kept], sure[0])
    assert np.array_equal(many[1][kept], sure[1])


def test_nothing_in_a_grey_picture(detector: Detector) -> None:
    boxes, confidences = detector.detect(np.full((200, 300, 3), 128, np.uint8), 0.5)
    assert (boxes.shape, confidences.shape) == ((0, 4), (0,))


@pytest.mark.parametrize("size", [(1, 1), (7, 300), (576, 768)])
def test_any_size_of_picture(detector: Detector, size: tuple[int, int]) -> None:
    boxes, _ = detector.detect(np.zeros((*size, 3), np.uint8), 0.99)
    assert boxes.shape == (0, 4)


def test_threads_share_a_network(detector: Detector, frame: NDArray[np.uint8]) -> None:
    pictures = [frame[:330, left : left + 308] for left in (0, 100, 230, 400)] * 2
    alone = [detector.detect(picture, 0.1) for picture in pictures]
    with ThreadPoolExecutor(4) as threads:
        together = list(threads.map(lambda picture: detector.detect(picture, 0.1), pictures))
    for first, second in zip(alone, together, strict=True):
        assert np.array_equal(first[0], second[0])
        assert np.array_equal(first[1], second[1])


@pytest.mark.parametrize(("name", "side_px"), [("ssdlite_pedestrian", 640), ("yolox_nano", 640), ("yolov5n.onnx", 320)])
def test_a_side_that_a_network_can_t_have(name: str, side_px: int) -> None:
    if not NETWORKS[name].exists():
        pytest.skip("shared data not present")
    with pytest.raises(TaskFailed, match=rf"^{NETWORKS[name].name} takes .* px and nothing else: "):
        LoadedDetectors().get(name, "", NETWORKS[name], side_px=side_px)


def test_an_embedder_is_no_detector() -> None:
    weights = shared_folder() / "models" / "osnet_x0_25_msmt17.onnx"
    if not weights.exists():
        pytest.skip("shared data not present")
    with pytest.raises(TaskFailed, match=r"^osnet_x0_25_msmt17\.onnx gives \[1, 512\] and no table of boxes, so it does not detect"):
        LoadedDetectors().get("mine.onnx", "", weights)


def test_a_network_is_loaded_once() -> None:
    detectors, weights = LoadedDetectors(), NETWORKS["ssdlite_pedestrian"]
    with ThreadPoolExecutor(2) as threads:
        first, second = threads.map(lambda _: detectors.get("ssdlite_pedestrian", "a", weights), range(2))
    assert first is second
    assert detectors.get("ssdlite_pedestrian", "b", weights) is not first


def test_what_a_file_is_taken_for_does_not_hang_on_what_was_loaded_before() -> None:
    detectors, weights = LoadedDetectors(), NETWORKS["ssdlite_pedestrian"]
    detectors.get("ssdlite_pedestrian", "a", weights)
    with pytest.raises(TaskFailed, match="a YOLO takes pictures"):
        detectors.get("mine.onnx", "a", weights)


def test_an_unknown_name_is_left_to_another_worker() -> None:
    with pytest.raises(NotReadyForTask):
        LoadedDetectors().get("yolox_huge", "a", NETWORKS["ssdlite_pedestrian"])
