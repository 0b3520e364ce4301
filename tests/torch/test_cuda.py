"""torch on CUDA gives what it gives on the CPU: OSNet in float32, a YOLO in half precision."""

import numpy as np
import pytest

from castlist.domain.devices import Device
from castlist.inference.cuda import driver_fault
from castlist.inference.engines import Runtime
from services.detector.models.loaded import LoadedDetectors

pytestmark = [pytest.mark.gpu, pytest.mark.skipif(bool(driver_fault()), reason=f"no CUDA here: {driver_fault()}")]


def test_embeddings_are_the_same(osnet_files, crops) -> None:
    from services.reid.models.osnet_torch import TorchOsnetEmbedder

    first, second = (TorchOsnetEmbedder(osnet_files[0], 16, device).embed(crops) for device in Device)
    assert ((first * second).sum(axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)).min() >= 0.999


def test_half_precision_finds_nearly_the_same_boxes(converted, frames) -> None:
    on_cpu, on_cuda = (
        LoadedDetectors().get("ultralytics_yolo_torchscript", "a", converted["torchscript"], runtime)
        for runtime in (Runtime(device=device) for device in Device)
    )
    boxes, found = on_cpu.detect(frames[0], 0.1)[0], on_cuda.detect(frames[0], 0.1)[0]
    assert np.median(np.abs(boxes[:, None] - found[None]).max(axis=2).min(axis=1)) < 10  # px of 768
