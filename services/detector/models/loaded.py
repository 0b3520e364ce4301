"""Detectors by name, loaded once and kept for the tasks to come."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

from castlist.domain.devices import Device
from castlist.errors import NotReadyForTask
from castlist.inference.onnx_runtime import open_session
from services.detector.models.detector import Detector
from services.detector.models.exported_yolo import ExportedYolo
from services.detector.models.ssdlite import SsdliteDetector
from services.detector.models.yolox import YoloxDetector

_MOST_LOADED = 2


class LoadedDetectors:
    """Detectors by the SHA-256 of their weights and device. One is loaded once, however many threads ask for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loaded: dict[tuple[str, Device], Detector] = {}

    def get(self, name: str, sha256: str, weights: Path, device: Device = Device.CPU) -> Detector:
        """Raises `NotReadyForTask` for a name that this version does not know, `TaskFailed` for weights that are none."""
        if name not in _LOADERS:
            raise NotReadyForTask(f"this worker does not know the detector {name!r}; give all workers the same version")
        with self._lock:
            key = sha256, device
            if key not in self._loaded:
                while len(self._loaded) >= _MOST_LOADED:
                    del self._loaded[next(iter(self._loaded))]
                self._loaded[key] = _LOADERS[name](weights, device)
            return self._loaded[key]


def _ssdlite(weights: Path, device: Device) -> Detector:
    return SsdliteDetector(open_session(weights.read_bytes(), weights.name, device))


def _yolox(weights: Path, device: Device) -> Detector:
    return YoloxDetector(open_session(weights.read_bytes(), weights.name, device))


def _exported_yolo(weights: Path, device: Device) -> Detector:
    return ExportedYolo(open_session(weights.read_bytes(), weights.name, device), weights.name)


def _ultralytics(weights: Path, device: Device) -> Detector:
    from services.detector.models.ultralytics_package import UltralyticsDetector  # noqa: PLC0415 - loads torch

    return UltralyticsDetector(weights, device)


_LOADERS: Mapping[str, Callable[[Path, Device], Detector]] = {
    "ssdlite_pedestrian": _ssdlite,
    "yolox_nano": _yolox,
    "ultralytics_yolo": _exported_yolo,
    "ultralytics_yolo_torchscript": _ultralytics,
}
