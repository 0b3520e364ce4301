"""The libraries that run networks: which are installed, what they can run on, and how a result names them.

A runtime is text: libraries with versions, device, precision, as in `onnxruntime 1.31.1 cuda float16`.
`plan` fixes it once; results are comparable, and on one type of machine the same bytes, for the same runtime only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import metadata

from castlist.domain.devices import Device, DeviceWish
from castlist.domain.video import ModelChoice
from castlist.errors import NotReadyForTask, TaskFailed
from castlist.inference import onnx_runtime, openvino_runtime
from castlist.inference.cuda import driver_fault

ONNX_RUNTIME, OPENVINO = "onnxruntime", "openvino"
RUN_ONNX_FILES = (ONNX_RUNTIME, OPENVINO)
"""Engines of which each runs any ONNX file; the manifest names the first for all of them."""

FLOAT32, BFLOAT16 = "float32", "bfloat16"


@dataclass(frozen=True, slots=True)
class Runtime:
    """What a network is run by on this machine: one of `ENGINES`, where, and in what precision."""

    engine: str = ONNX_RUNTIME
    device: Device = Device.CPU
    precision: str = FLOAT32


DEFAULT_RUNTIME = Runtime()


@dataclass(frozen=True, slots=True)
class Engine:
    """Distributions by the name that a runtime gives them, of which any one will do, and how to install what is missing."""

    libraries: Mapping[str, tuple[str, ...]]
    remedy: str
    cuda_fault: Callable[[], str]

    def missing(self) -> str:
        """What is not installed, empty if nothing."""
        return ", ".join(name for name, packages in self.libraries.items() if _version(packages) is None)

    def name(self) -> str:
        """Libraries with versions."""
        return " ".join(f"{name} {_version(packages) or 'absent'}" for name, packages in self.libraries.items())


@cache
def _torch_cuda_fault() -> str:
    if driver_fault():
        return driver_fault()
    import torch  # noqa: PLC0415 - gigabytes, which most installations lack

    try:
        torch.cuda.init()
    except (RuntimeError, AssertionError) as fault:
        return f"torch says: {str(fault).strip().splitlines()[0]}"
    return ""


_TORCH = {"torch": ("torch",)}

ENGINES: Mapping[str, Engine] = {
    "onnxruntime": Engine({"onnxruntime": ("onnxruntime", "onnxruntime-gpu")}, "pip install castlist", onnx_runtime.cuda_fault),
    "openvino": Engine({"openvino": ("openvino",)}, "pip install 'castlist[openvino]'", lambda: "OpenVINO is used on the CPU alone"),
    "torchreid": Engine(
        {"torchreid": ("torchreid",), "safetensors": ("safetensors",), **_TORCH}, "pip install 'castlist[torch]'", _torch_cuda_fault
    ),
    "ultralytics": Engine(
        {"ultralytics": ("ultralytics-opencv-headless", "ultralytics"), **_TORCH}, "pip install 'castlist[ultralytics]'", _torch_cuda_fault
    ),
}
"""By the name that the manifest uses."""


def choose_device(wish: DeviceWish, engine: str) -> tuple[Device, str]:
    """The device for an engine on this machine, and a sentence if it is not the wished one.

    Raises `TaskFailed` where CUDA is demanded and can't be had.
    """
    if wish is DeviceWish.CPU:
        return Device.CPU, ""
    fault = ENGINES[engine].cuda_fault()
    if not fault:
        return Device.CUDA, ""
    if wish is DeviceWish.CUDA:
        raise TaskFailed(f"CASTLIST_DEVICE is cuda, but {fault}: mend that, or set CASTLIST_DEVICE=auto to go on without")
    return Device.CPU, f"CUDA was wished for, but {fault}, so the CPU was used: mend that, or set CASTLIST_DEVICE=cpu."


def check_runtime(choice: ModelChoice, engine: str, wish: DeviceWish) -> Runtime:
    """The runtime that a job names, `engine` being the manifest's. Raises `NotReadyForTask`, with a remedy, where it can't be had here."""
    named = choice.runtime.partition(" ")[0]
    if engine in RUN_ONNX_FILES and named in RUN_ONNX_FILES:
        engine = named
    if ENGINES[engine].missing():
        raise NotReadyForTask(
            f"the job wants {choice.name} on {choice.runtime}, and this worker has no {ENGINES[engine].missing()}: {ENGINES[engine].remedy}"
        )
    name = ENGINES[engine].name()
    text, _, precision = choice.runtime.rpartition(" ")
    wanted, _, device = text.rpartition(" ")
    if wanted != name or device not in set(Device):
        raise NotReadyForTask(f"this worker runs {name}, the job wants {choice.runtime}; give all workers the same version")
    fault = _fault(engine, Device(device), precision, wish)
    if fault:
        raise NotReadyForTask(f"the job wants {choice.name} on {choice.runtime}, which this worker can't run: {fault}")
    return Runtime(engine, Device(device), precision)


def _fault(engine: str, device: Device, precision: str, wish: DeviceWish) -> str:
    """Why this worker can't use a device or precision, and what to set; empty if it can."""
    if precision == BFLOAT16 and engine == OPENVINO and not openvino_runtime.has_bfloat16():
        return "its CPU has no instructions for bfloat16; set plan.precision=float32"
    if device is Device.CPU:
        return ""
    fault = "CASTLIST_DEVICE keeps it on the CPU" if wish is DeviceWish.CPU else ENGINES[engine].cuda_fault()
    remedy = "mend that, or set CASTLIST_DEVICE=cpu (for workers that embed: CASTLIST_REID_DEVICE=cpu) on the detector, which plans for all"
    return f"{fault}; {remedy}" if fault else ""


@cache
def _version(packages: tuple[str, ...]) -> str | None:
    for package in packages:
        try:
            return metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return None
