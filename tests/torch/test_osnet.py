"""OSNet by torchreid from safetensors, and by ONNX Runtime from ONNX, on the authors' weights and real crops."""

import numpy as np
import pytest

from castlist.domain.devices import Device
from castlist.errors import TaskFailed
from services.reid.models.osnet import OsnetEmbedder


def cosines(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return (first * second).sum(axis=1) / np.linalg.norm(first, axis=1) / np.linalg.norm(second, axis=1)


def test_both_backends_give_the_same_embedding(osnet_files, crops) -> None:
    from services.reid.models.osnet_torch import TorchOsnetEmbedder

    safetensors, onnx = osnet_files
    ours, theirs = OsnetEmbedder(onnx, 16).embed(crops), TorchOsnetEmbedder(safetensors, 16, Device.CPU).embed(crops)
    assert ours.shape == theirs.shape == (len(crops), 512)
    assert theirs.dtype == np.float32
    assert cosines(ours, theirs).min() >= 0.999
    assert np.median(cosines(ours, np.roll(theirs, len(crops) // 2, axis=0))) < 0.9  # other people are not the same


def test_rows_do_not_depend_on_the_batch(osnet_files, crops) -> None:
    from services.reid.models.osnet_torch import TorchOsnetEmbedder

    one, many = (TorchOsnetEmbedder(osnet_files[0], size, Device.CPU) for size in (1, 7))
    np.testing.assert_allclose(one.embed(crops[:10]), many.embed(crops[:10]), atol=1e-4)
    assert one.embed([]).shape == (0, 512)


def test_files_that_are_no_osnet_are_refused(tmp_path) -> None:
    import torch
    from safetensors.torch import save_file

    from services.reid.models.osnet_torch import TorchOsnetEmbedder

    path = tmp_path / "osnet.safetensors"
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(TaskFailed, match=r"^osnet\.safetensors can't be loaded as an OSNet .*make it again with deploy/models/convert\.py"):
        TorchOsnetEmbedder(path, 4, Device.CPU)
    save_file({"weight": torch.zeros(1)}, path, metadata={"architecture": "resnet50"})
    with pytest.raises(TaskFailed, match=r"^osnet\.safetensors names the architecture 'resnet50', not one of osnet_x1_0"):
        TorchOsnetEmbedder(path, 4, Device.CPU)
    save_file({"weight": torch.zeros(1)}, path, metadata={"architecture": "osnet_x0_25"})
    with pytest.raises(TaskFailed, match=r"^osnet\.safetensors can't be loaded as an OSNet"):
        TorchOsnetEmbedder(path, 4, Device.CPU)
