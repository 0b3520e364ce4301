"""A YOLO exported to TorchScript, run by the ultralytics package's own predictor on torch (AGPL-3.0)."""

import os
import tempfile
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.domain.devices import Device
from castlist.domain.records import Float32
from castlist.errors import TaskFailed
from services.detector.models.class_names import classes_of_persons

_MOST_BOXES = 30_000
# It looks for the internet, reports its use, installs what it misses and writes settings, unless told otherwise before it is loaded.
_QUIET = {"YOLO_OFFLINE": "true", "YOLO_AUTOINSTALL": "false", "YOLO_VERBOSE": "false"}


class UltralyticsDetector:
    """The package's letterbox, decoding and classes. Overlaps are left in: people are told apart later, for all detectors alike.

    Float16 on CUDA, float32 on the CPU. One picture at a time, whoever asks.
    """

    def __init__(self, weights: Path, device: Device) -> None:
        """Raises `TaskFailed` if the file is no TorchScript that the package exported, or knows no persons."""
        self._one_at_a_time = Lock()
        try:
            self._predictor = _load(weights, device)
        except Exception as fault:  # anything can come out of there
            raise TaskFailed(f"{weights.name} can't be loaded by ultralytics ({fault}); export it again (docs/gpu.md)") from fault
        self._persons = classes_of_persons(self._predictor.model.names, weights.name)

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """See `Detector`."""
        with self._one_at_a_time:
            self._predictor.args.conf = min_confidence
            (result,) = self._predictor(np.ascontiguousarray(picture))
        rows: Float32 = result.boxes.data.float().cpu().numpy()
        people = rows[np.isin(rows[:, 5], self._persons)]
        people = people[np.argsort(-people[:, 4], kind="stable")]
        return people[:, :4], people[:, 4]


def _load(weights: Path, device: Device) -> Any:
    for name, value in _QUIET.items():
        os.environ.setdefault(name, value)
    os.environ.setdefault("YOLO_CONFIG_DIR", tempfile.mkdtemp(prefix="castlist-ultralytics-"))
    import torch  # noqa: PLC0415 - gigabytes, which most installations lack
    from ultralytics.models.yolo.detect import DetectionPredictor  # noqa: PLC0415

    predictor = DetectionPredictor(
        overrides={
            "mode": "predict",
            "task": "detect",
            "model": str(weights),
            "device": torch.device("cuda:0" if device is Device.CUDA else "cpu"),
            "quantize": 16 if device is Device.CUDA else 32,
            "iou": 1.0,
            "max_det": _MOST_BOXES,
            "save": False,
            "verbose": False,
        }
    )
    predictor.setup_model(None, verbose=False)
    return predictor
