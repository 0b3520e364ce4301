"""A YOLO built from ultralytics' yaml with random weights, exported; real crops; real weights of OSNet.

Run by `make test-torch`. Elsewhere the tests skip: torch and ultralytics are gigabytes that nothing else needs.
"""

import hashlib
import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import pytest

from cli.checkpoint_conversion import main
from tests.conftest import REPOSITORY, shared_folder

EXAMPLE = REPOSITORY / "examples" / "campus.mp4"
PERSON, OTHERS = 0, 3
SIDE_PX = 320

os.environ |= {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    installed = all(find_spec(name) for name in ("torch", "torchreid", "ultralytics"))
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.filterwarnings("default"))  # each of the three warns of its own old ways
            if not installed:
                item.add_marker(pytest.mark.skip(reason="torch and ultralytics are not installed: make test-torch"))


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def give_random_weights(model) -> None:
    """Weights that keep the signal's strength from layer to layer, so that scores and boxes vary as a trained network's do."""
    import torch

    def scale(layer, _, output):
        layer.weight.data /= output.std()
        return output / output.std()

    torch.manual_seed(7)
    layers = [layer for layer in model.modules() if isinstance(layer, torch.nn.Conv2d) and layer.weight.requires_grad]
    hooks = [layer.register_forward_hook(scale) for layer in layers]
    picture = torch.nn.functional.interpolate(torch.rand(1, 3, 9, 9), size=SIDE_PX, mode="bicubic").clamp(0, 1)
    with torch.no_grad():
        model.eval()(picture)
    for hook in hooks:
        hook.remove()
    head = model.model[-1]
    for scores in (*head.cv3, *(getattr(head, "one2one_cv3", None) or ())):
        torch.nn.init.normal_(scores[-1].bias, mean=-2.0, std=0.5)
        scores[-1].bias.data[PERSON] = 0.0


@pytest.fixture(scope="session")
def checkpoint(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Path:
    """A `.pt` as ultralytics saves it, of the architecture that the test names, yolo11n if it names none."""
    from ultralytics import YOLO

    folder = tmp_path_factory.mktemp("yolo")
    model = YOLO(f"{getattr(request, 'param', 'yolo11n')}.yaml", task="detect")
    model.model.names = {PERSON: "person"} | {index: f"thing {index}" for index in range(1, 80)}
    give_random_weights(model.model)
    model.save(folder / "best.pt")
    return folder / "best.pt"


@pytest.fixture(scope="session")
def converted(checkpoint: Path, tmp_path_factory: pytest.TempPathFactory):
    """The checkpoint as the converter writes it: in ONNX, in half an ONNX, in TorchScript."""

    files = {}
    for kind, options in {"onnx": [], "half": ["--half"], "torchscript": ["--torchscript"]}.items():
        folder = tmp_path_factory.mktemp(kind)
        arguments = ["yolo", str(checkpoint), "--sha256", sha256(checkpoint), "--to", str(folder), "--side", str(SIDE_PX), *options]
        assert main(arguments) == 0
        (files[kind],) = folder.iterdir()
    return files


@pytest.fixture(scope="session")
def frames() -> list[np.ndarray]:
    """Frames of the example, in three shapes: as it is, cut high, cut wide."""
    with av.open(str(EXAMPLE)) as container:
        picture = next(container.decode(video=0)).to_ndarray(format="bgr24")
    return [picture, np.ascontiguousarray(picture[:, 200:371]), np.ascontiguousarray(picture[100:227])]


@pytest.fixture(scope="session")
def crops(tmp_path_factory: pytest.TempPathFactory) -> list[np.ndarray]:
    """Real crops of people: what the packaged detector finds in the example, every 10th frame."""
    from castlist.domain.parameters import DetectParameters
    from castlist.manifest import ModelLibrary
    from services.detector.algorithms.cropping import crop_rectangles
    from services.detector.algorithms.tiling import views_of
    from services.detector.handlers.detect import find_people
    from services.detector.models.loaded import LoadedDetectors

    model = ModelLibrary().resolve("ssdlite_pedestrian")
    assert model is not None
    detector = LoadedDetectors().get(model.entry.name, model.sha256, model.path)
    found = []
    with av.open(str(EXAMPLE)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 10 == 0 and number < 100:
                picture = frame.to_ndarray(format="bgr24")
                views = views_of(picture.shape[1], picture.shape[0], model.entry.tile_side_px)
                boxes, confidences = find_people(picture, views, detector, DetectParameters())
                for left, top, right, bottom in crop_rectangles(boxes[confidences > 0.5], picture.shape[1], picture.shape[0]).tolist():
                    found.append(np.ascontiguousarray(picture[top:bottom, left:right]))
    assert len(found) >= 30
    return found


@pytest.fixture(scope="session")
def osnet_files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """OSNet's real weights as safetensors, by the converter, and as ONNX."""

    models = shared_folder() / "models"
    if not (models / "osnet_x0_25_msmt17.pth").exists():
        pytest.skip("shared data not present")
    folder = tmp_path_factory.mktemp("osnet")
    weights = models / "osnet_x0_25_msmt17.pth"
    assert main(["osnet", str(weights), "--sha256", sha256(weights), "--to", str(folder), "--architecture", "osnet_x0_25"]) == 0
    shutil.copy(models / "osnet_x0_25_msmt17.onnx", folder)
    return folder / "osnet.safetensors", folder / "osnet_x0_25_msmt17.onnx"
