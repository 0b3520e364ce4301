"""Detectors by name, loaded once and kept for the tasks to come."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

from castlist.errors import NotReadyForTask, TaskFailed
from castlist.inference.engines import DEFAULT_RUNTIME, Runtime
from castlist.inference.networks import open_network
from castlist.manifest import ONNX_SUFFIX
from services.detector.models.detector import Detector
from services.detector.models.exported_yolo import ExportedYolo
from services.detector.models.ssdlite import SsdliteDetector
from services.detector.models.yolo_layouts import Kind
from services.detector.models.yolox import YoloxDetector

_MOST_LOADED = 2

_Load = Callable[[Path, Runtime, int], Detector]


class LoadedDetectors:
    """Detectors by kind, SHA-256 of their weights, runtime and input. One is loaded once, however many threads ask for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loaded: dict[tuple[_Load, str, Runtime, int], Detector] = {}

    def get(self, name: str, sha256: str, weights: Path, runtime: Runtime = DEFAULT_RUNTIME, side_px: int = 0) -> Detector:
        """`name` is the manifest's, or that of a file which a user brings; `side_px` is wished for the input, 0 for the network's own.

        Raises `NotReadyForTask` for a name that this version does not know, `TaskFailed` for weights that are none or can't take pictures
        of that side.
        """
        load = _exported_yolo if name.endswith(ONNX_SUFFIX) else _LOADERS.get(name)
        if load is None:
            raise NotReadyForTask(f"this worker does not know the detector {name!r}; give all workers the same version")
        with self._lock:
            key = load, sha256, runtime, side_px
            if key not in self._loaded:
                while len(self._loaded) >= _MOST_LOADED:
                    del self._loaded[next(iter(self._loaded))]
                self._loaded[key] = load(weights, runtime, side_px)
            return self._loaded[key]


def _ssdlite(weights: Path, runtime: Runtime, side_px: int) -> Detector:
    _check_own_side(weights, side_px, SsdliteDetector.SIDE_PX)
    return SsdliteDetector(open_network(weights.read_bytes(), weights.name, runtime))


def _exported_yolo(weights: Path, runtime: Runtime, side_px: int) -> Detector:
    network = open_network(weights.read_bytes(), weights.name, runtime)
    detector = ExportedYolo(network, weights.name, side_px)
    return YoloxDetector(network, detector.input_px) if detector.layout.kind is Kind.CELLS else detector


def _ultralytics(weights: Path, runtime: Runtime, side_px: int) -> Detector:
    from services.detector.models.ultralytics_package import UltralyticsDetector  # noqa: PLC0415 - loads torch

    detector = UltralyticsDetector(weights, runtime.device)
    _check_own_side(weights, side_px, 0)
    return detector


def _check_own_side(weights: Path, wished_px: int, own_px: int) -> None:
    if wished_px not in (0, own_px):
        own = f"{own_px} x {own_px} px" if own_px else "the sides that it was exported for"
        raise TaskFailed(
            f"{weights.name} takes pictures of {own} and nothing else: set detect.input_side_px to 0, or choose another detector"
        )


_LOADERS: Mapping[str, _Load] = {
    "ssdlite_pedestrian": _ssdlite,
    "yolox_nano": _exported_yolo,
    "ultralytics_yolo": _exported_yolo,
    "ultralytics_yolo_torchscript": _ultralytics,
}
