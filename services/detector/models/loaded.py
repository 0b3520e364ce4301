"""Detectors by name, loaded once and kept for the tasks to come."""

from collections.abc import Callable, Mapping
from pathlib import Path
from threading import Lock

import onnxruntime as ort

from castlist.errors import NotReadyForTask
from services.detector.models.detector import Detector
from services.detector.models.onnx_session import open_session
from services.detector.models.ssdlite import SsdliteDetector
from services.detector.models.yolox import YoloxDetector

_KINDS: Mapping[str, Callable[[ort.InferenceSession], Detector]] = {"ssdlite_pedestrian": SsdliteDetector, "yolox_nano": YoloxDetector}
_MOST_LOADED = 2


class LoadedDetectors:
    """Detectors by the SHA-256 of their weights. One is loaded once, however many threads ask for it."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._loaded: dict[str, Detector] = {}

    def get(self, name: str, sha256: str, weights: Path) -> Detector:
        """Raises `NotReadyForTask` for a name that this version does not know, `TaskFailed` for weights that are none."""
        if name not in _KINDS:
            raise NotReadyForTask(f"this worker does not know the detector {name!r}")
        with self._lock:
            if sha256 not in self._loaded:
                while len(self._loaded) >= _MOST_LOADED:
                    del self._loaded[next(iter(self._loaded))]
                self._loaded[sha256] = _KINDS[name](open_session(weights.read_bytes(), name))
            return self._loaded[sha256]
