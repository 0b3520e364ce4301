"""OSNet by torchreid's own architecture on torch, with weights from a safetensors file."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError, safe_open

from castlist.domain.devices import Device
from castlist.domain.records import Float32
from castlist.errors import TaskFailed
from services.reid.models.denormals import LEAST_WEIGHT
from services.reid.models.embedder import Picture
from services.reid.models.osnet import prepare

ARCHITECTURES = ("osnet_x1_0", "osnet_x0_75", "osnet_x0_5", "osnet_x0_25", "osnet_ibn_x1_0", "osnet_ain_x1_0", "osnet_ain_x0_25")
_CLASSIFIER = "classifier."


class TorchOsnetEmbedder:
    """Features before the classifier, as `OsnetEmbedder` gives them, in float32; on CUDA without TF32 and without algorithm search."""

    def __init__(self, path: Path, batch_size: int, device: Device) -> None:
        """Load `path`, made by `castlist models convert osnet`. Raises `TaskFailed` if it is something else."""
        torch.set_num_threads(1)  # replicas scale better than threads
        try:
            self._network = _network(path).to(torch.device(device)).eval()
        except (OSError, RuntimeError, SafetensorError) as fault:
            raise TaskFailed(
                f"{path.name} can't be loaded as an OSNet ({fault}); make it again with `castlist models convert osnet`"
            ) from fault
        self._device = torch.device(device)
        self._batch_size = batch_size

    def embed(self, crops: Sequence[Picture]) -> Float32:
        parts = [self._forward(crops[start : start + self._batch_size]) for start in range(0, len(crops), self._batch_size)]
        return np.concatenate(parts) if parts else np.zeros((0, self._network.feature_dim), np.float32)

    def _forward(self, crops: Sequence[Picture]) -> Float32:
        batch = torch.from_numpy(np.stack([prepare(crop) for crop in crops])).to(self._device)
        with torch.inference_mode(), torch.backends.cudnn.flags(enabled=True, benchmark=False, deterministic=True, allow_tf32=False):
            features: Float32 = self._network(batch).cpu().numpy()
        return features


def _network(path: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # it misses a compiled part that is for evaluation alone
        from torchreid import models  # noqa: PLC0415 - loads much that most workers never need
    with safe_open(path, framework="pt") as file:
        architecture = (file.metadata() or {}).get("architecture")
        if architecture not in ARCHITECTURES:
            raise TaskFailed(f"{path.name} names the architecture {architecture!r}, not one of {', '.join(ARCHITECTURES)}")
        weights = {name: file.get_tensor(name) for name in file.keys() if not name.startswith(_CLASSIFIER)}  # noqa: SIM118 - no mapping
    for values in weights.values():
        values[values.abs() < LEAST_WEIGHT] = 0  # as for the ONNX file
    network = models.build_model(architecture, num_classes=1, pretrained=False)
    network.load_state_dict(weights | {name: values for name, values in network.state_dict().items() if name.startswith(_CLASSIFIER)})
    return network
