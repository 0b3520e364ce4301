"""OSNet by torchreid from safetensors, and by ONNX Runtime from ONNX, on the authors' weights and real crops."""

import hashlib

import numpy as np
import pytest

from castlist.domain.devices import Device
from castlist.errors import TaskFailed
from cli.checkpoint_conversion import main
from services.reid.models.osnet import OsnetEmbedder, prepare

ARCHITECTURES = ["osnet_x0_25", "osnet_x0_5", "osnet_x0_75", "osnet_x1_0", "osnet_ain_x1_0"]


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


def test_torchreids_own_extractor_gives_the_same_with_its_own_preprocessing(osnet_files, crops, shared_data) -> None:
    """Pillow scales pictures down in its own way; the rest is the same."""
    from torchreid.reid.utils import FeatureExtractor

    checkpoint = shared_data / "models" / "osnet_x0_25_msmt17.pth"
    extractor = FeatureExtractor("osnet_x0_25", str(checkpoint), device="cpu", verbose=False)
    theirs = extractor([np.ascontiguousarray(crop[:, :, ::-1]) for crop in crops]).numpy()
    assert cosines(OsnetEmbedder(osnet_files[1], 16).embed(crops), theirs).min() >= 0.99


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
    with pytest.raises(TaskFailed, match=r"^osnet\.safetensors can't be loaded as an OSNet .*make it again with `castlist models convert"):
        TorchOsnetEmbedder(path, 4, Device.CPU)
    save_file({"weight": torch.zeros(1)}, path, metadata={"architecture": "resnet50"})
    with pytest.raises(TaskFailed, match=r"^osnet\.safetensors names the architecture 'resnet50', not one of osnet_x1_0"):
        TorchOsnetEmbedder(path, 4, Device.CPU)
    save_file({"weight": torch.zeros(1)}, path, metadata={"architecture": "osnet_x0_25"})
    with pytest.raises(TaskFailed, match=r"^osnet\.safetensors can't be loaded as an OSNet"):
        TorchOsnetEmbedder(path, 4, Device.CPU)


def random_network(architecture: str, seed: int):
    """An OSNet whose every weight and running statistic is drawn, so that different crops get different features."""
    import torch
    from torchreid import models

    torch.manual_seed(seed)
    network = models.build_model(architecture, num_classes=3, pretrained=False)
    for layer in network.modules():
        if isinstance(layer, torch.nn.BatchNorm2d | torch.nn.BatchNorm1d):
            layer.running_mean.normal_(0, 0.2)
            layer.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(layer.weight, 0.5, 1.5)
            torch.nn.init.normal_(layer.bias, 0, 0.2)
    return network.eval()


@pytest.mark.parametrize("architecture", ARCHITECTURES)
def test_every_width_converted_to_onnx_gives_torchreids_embedding(architecture, crops, tmp_path) -> None:
    import torch

    network, other = random_network(architecture, 1), random_network(architecture, 2)
    checkpoint = tmp_path / "checkpoint.pth"
    torch.save({"state_dict": {f"module.{name}": values for name, values in network.state_dict().items()}}, checkpoint)  # as torchreid does
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    arguments = ["osnet", str(checkpoint), "--sha256", digest, "--to", str(tmp_path), "--architecture", architecture, "--onnx", "msmt17"]
    assert main(arguments) == 0
    chosen = crops[:7]
    ours = OsnetEmbedder(tmp_path / f"{architecture}_msmt17.onnx", 4).embed(chosen)
    with torch.inference_mode():
        theirs, others = (net(torch.from_numpy(np.stack([prepare(crop) for crop in chosen]))).numpy() for net in (network, other))
    assert ours.shape == (7, 512)
    assert cosines(ours, theirs).min() >= 0.999
    assert cosines(ours - ours.mean(axis=0), theirs - theirs.mean(axis=0)).min() >= 0.999  # what sets one crop apart, too
    assert cosines(ours, others).max() < 0.99  # that says something


def test_weights_of_another_width_are_not_converted(tmp_path) -> None:
    import torch

    checkpoint = tmp_path / "checkpoint.pth"
    torch.save(random_network("osnet_x0_5", 1).state_dict(), checkpoint)
    digest = hashlib.sha256(checkpoint.read_bytes()).hexdigest()
    with pytest.raises(SystemExit, match="these are no weights of osnet_x0_25: size mismatch for"):
        main(["osnet", str(checkpoint), "--sha256", digest, "--to", str(tmp_path), "--architecture", "osnet_x0_25", "--onnx", "msmt17"])
