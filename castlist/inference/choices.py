"""From weights on this machine to the choice that a job's tasks carry."""

import logging

from castlist.domain.devices import Device, DeviceWish
from castlist.domain.video import ModelChoice
from castlist.errors import TaskFailed
from castlist.inference import onnx_file
from castlist.inference.engines import ENGINES, choose_device
from castlist.manifest import ModelEntry, ResolvedModel

log = logging.getLogger("castlist.inference")


def is_usable(entry: ModelEntry) -> bool:
    """Whether this machine has what runs a model."""
    return not ENGINES[entry.engine].missing()


def choice_of(model: ResolvedModel, wish: DeviceWish | Device, note: str) -> ModelChoice:
    """A model on the wished device, or on the CPU, which is noted and logged. A `Device` is another machine's and taken as it is.

    Raises `TaskFailed` where CUDA is demanded and can't be had, or for weights that are none.
    """
    entry = model.entry
    device, fallback = (wish, "") if isinstance(wish, Device) else choose_device(wish, entry.engine)
    if fallback:
        log.warning("%s: %s", entry.name, fallback)
    runtime = f"{ENGINES[entry.engine].name()} {device} {_precision(model, device)}"
    notes = " ".join(text for text in (note, fallback) if text)
    return ModelChoice(entry.name, model.sha256, runtime, model.origin, notes, entry.licence)


def _precision(model: ResolvedModel, device: Device) -> str:
    """An ONNX file has one of its own; ultralytics halves it on CUDA; OSNet on torch is small enough to stay whole."""
    if model.entry.engine == "onnxruntime":
        try:
            return onnx_file.precision(model.path.read_bytes())
        except ValueError as fault:
            raise TaskFailed(f"{model.path.name} can't be loaded as an ONNX model ({fault}); fetch the weights again") from fault
    return "float16" if model.entry.engine == "ultralytics" and device is Device.CUDA else "float32"
