"""The appearance model that a choice names."""

from collections.abc import Callable
from pathlib import Path

from castlist.domain.devices import DeviceWish
from castlist.domain.video import ModelChoice
from castlist.errors import NotReadyForTask
from castlist.inference.engines import check_runtime
from castlist.manifest import manifest
from services.reid.models.colour_stripes import ColourStripes
from services.reid.models.embedder import Embedder
from services.reid.models.osnet import OsnetEmbedder

COLOUR_STRIPES = "colour_stripes"

ModelFiles = Callable[[ModelChoice], Path]
"""The local file with the weights of a choice. Raises `NotReadyForTask` if this worker has none with that SHA-256."""


def load_embedder(choice: ModelChoice, files: ModelFiles, batch_size: int, wish: DeviceWish) -> Embedder:
    """Raises `NotReadyForTask` where this version or machine can't run the choice, `TaskFailed` for weights that are none."""
    if choice.name == COLOUR_STRIPES:
        return ColourStripes()
    entry = manifest().get(choice.name)
    if entry is None:
        raise NotReadyForTask(f"this worker does not know the embedder {choice.name!r}; give all workers the same version")
    runtime = check_runtime(choice, entry.engine, wish)
    if entry.engine == "torchreid":
        from services.reid.models.osnet_torch import TorchOsnetEmbedder  # noqa: PLC0415 - loads torch

        return TorchOsnetEmbedder(files(choice), batch_size, runtime.device)
    return OsnetEmbedder(files(choice), batch_size, runtime)
