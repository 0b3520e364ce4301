"""From weights on this machine to the choice that a job's tasks carry."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from castlist.domain.devices import Device, DeviceWish
from castlist.domain.video import ModelChoice
from castlist.errors import TaskFailed
from castlist.inference import measured, onnx_file
from castlist.inference.engines import BFLOAT16, ENGINES, FLOAT32, ONNX_RUNTIME, OPENVINO, RUN_ONNX_FILES, Runtime, choose_device
from castlist.inference.openvino_runtime import has_bfloat16
from castlist.manifest import ModelEntry, ResolvedModel

log = logging.getLogger("castlist.inference")

AUTO = "auto"

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RuntimeWish:
    """What a request says about engine (`plan.runtime`) and precision (`plan.precision`); both are for networks in ONNX files."""

    engine: str = AUTO
    precision: str = FLOAT32


ANY_RUNTIME = RuntimeWish()


def is_usable(entry: ModelEntry) -> bool:
    """Whether this machine has what runs a model."""
    return not ENGINES[entry.engine].missing()


def choice_of(model: ResolvedModel, wish: DeviceWish | Device, note: str, runtimes: RuntimeWish = ANY_RUNTIME) -> ModelChoice:
    """A model on the wished device, or on the CPU, which is noted and logged. A `Device` is another machine's and taken as it is.

    Raises `TaskFailed` where a wish can't be met, or for weights that are none.
    """
    entry = model.entry
    device, fallback = (wish, "") if isinstance(wish, Device) else choose_device(wish, entry.engine)
    if fallback:
        log.warning("%s: %s", entry.name, fallback)
    runtime = _of_onnx_file(model, device, wish, runtimes) if entry.engine in RUN_ONNX_FILES else _of_torch(entry.engine, device)
    text = f"{ENGINES[runtime.engine].name()} {runtime.device} {runtime.precision}"
    notes = " ".join(words for words in (note, fallback) if words)
    return ModelChoice(entry.name, model.sha256, text, model.origin, notes, licence_of(model))


def licence_of(model: ResolvedModel) -> str:
    """The manifest's, or what a file of the user's own says of itself."""
    entry = model.entry
    if not entry.brought or entry.engine not in RUN_ONNX_FILES:
        return entry.licence
    return ask_file(model, onnx_file.facts).get("license") or entry.licence


def _of_torch(engine: str, device: Device) -> Runtime:
    """Ultralytics halves its network on CUDA; OSNet on torch is small enough to stay whole."""
    return Runtime(engine, device, "float16" if engine == "ultralytics" and device is Device.CUDA else FLOAT32)


def _of_onnx_file(model: ResolvedModel, device: Device, wish: DeviceWish | Device, wished: RuntimeWish) -> Runtime:
    """The wished engine, or the one that was measured to be the fastest of those installed; on CUDA it is ONNX Runtime."""
    stored = ask_file(model, onnx_file.precision)
    if wished.engine == OPENVINO and device is Device.CUDA:
        if wish is not DeviceWish.AUTO:
            raise TaskFailed("plan.runtime=openvino is for the CPU and the device is cuda: set CASTLIST_DEVICE=cpu, or plan.runtime=auto")
        device = Device.CPU
    if wished.engine in RUN_ONNX_FILES and ENGINES[wished.engine].missing():
        raise TaskFailed(f"plan.runtime={wished.engine} needs {wished.engine}, not installed here: {ENGINES[wished.engine].remedy}")
    if device is Device.CUDA:
        return Runtime(ONNX_RUNTIME, device, stored)
    runtimes = _on_cpu(model, stored, wished)
    times_ms = measured.milliseconds(model.sha256, model.entry.file)
    return min(runtimes, key=lambda runtime: times_ms.get(f"{runtime.engine} {runtime.precision}", float("inf")))


def ask_file(model: ResolvedModel, question: Callable[[bytes], T]) -> T:
    """What `onnx_file` says of the weights. Raises `TaskFailed` for a file that is no ONNX."""
    try:
        return question(model.path.read_bytes())
    except ValueError as fault:
        raise TaskFailed(f"{model.path.name} can't be loaded as an ONNX model ({fault}); fetch the weights again") from fault


def _on_cpu(model: ResolvedModel, stored: str, wished: RuntimeWish) -> list[Runtime]:
    """What may run a file on this CPU, by preference where nothing was measured. Raises `TaskFailed` if only bfloat16 will do and can't."""
    engines = [engine for engine in RUN_ONNX_FILES if wished.engine in (AUTO, engine) and not ENGINES[engine].missing()]
    runtimes = [Runtime(engine, Device.CPU, FLOAT32 if engine == OPENVINO and stored == "float16" else stored) for engine in engines]
    if wished.precision == FLOAT32:
        return runtimes
    fault = _bfloat16_fault(model, engines)
    if wished.precision == AUTO:
        return runtimes if fault else [*runtimes, Runtime(OPENVINO, Device.CPU, BFLOAT16)]
    if fault:
        raise TaskFailed(f"plan.precision=bfloat16 can't be had: {fault}, or set plan.precision=auto")
    return [Runtime(OPENVINO, Device.CPU, BFLOAT16)]


def _bfloat16_fault(model: ResolvedModel, engines: list[str]) -> str:
    """Why a network can't be run in bfloat16 here, and what to do; empty if it can."""
    if OPENVINO not in engines:
        return f"it needs openvino and plan.runtime=auto or openvino: {ENGINES[OPENVINO].remedy}"
    if not has_bfloat16():
        return "this CPU has no instructions for bfloat16: use another machine"
    if not measured.keeps_its_accuracy(model.sha256):
        return f"{model.path.name} was not found to be as accurate in it as in float32 (docs/models.md): choose other weights"
    return ""
