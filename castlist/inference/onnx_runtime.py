"""ONNX Runtime: sessions on the CPU and on CUDA that give the same output for the same input."""

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import onnxruntime as ort
from numpy.typing import NDArray

from castlist.domain.devices import Device
from castlist.errors import TaskFailed
from castlist.inference.cuda import driver_fault
from castlist.inference.network import Tensor

_CUDA = "CUDAExecutionProvider"
# No search for the fastest algorithm, whose outcome varies from run to run, and no TF32, which has ten bits.
_CUDA_OPTIONS = {"cudnn_conv_algo_search": "HEURISTIC", "use_tf32": "0"}
# One ReLU on one number, opset 13: enough to see where a session runs.
_SMALLEST_MODEL = (
    b'\x08\x08\x12\x00:3\n\x0c\n\x01x\x12\x01y"\x04Relu\x12\x01gZ\x0f\n\x01x\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x01'
    b"b\x0f\n\x01y\x12\n\n\x08\x08\x01\x12\x04\n\x02\x08\x01B\x04\n\x00\x10\r"
)


_TYPES = {"tensor(float)": "float32", "tensor(double)": "float64"}


class SessionNetwork:
    """A `Network` on ONNX Runtime."""

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session
        self.inputs = tuple(_tensor(found) for found in session.get_inputs())
        self.outputs = tuple(_tensor(found) for found in session.get_outputs())
        self.facts: Mapping[str, str] = dict(session.get_modelmeta().custom_metadata_map)

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """See `Network`."""
        found: list[NDArray[Any]] = self._session.run(outputs, inputs)
        return found


def open_session(model: bytes, file_name: str, device: Device, *, any_batch: bool = False) -> ort.InferenceSession:
    """A session that may run in several threads at once, each run in its caller's thread alone.

    Tasks are processed side by side, which uses two cores better than one network on two threads does
    (measured: 43 against 52 ms a frame). `any_batch` is for batches of many lengths. Raises `TaskFailed` if
    the bytes are no model, or if it does not run on that device.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    options.enable_mem_pattern = not any_batch  # it keeps memory for every batch length it has ever seen
    options.use_deterministic_compute = device is Device.CUDA
    try:
        session = ort.InferenceSession(model, options, providers=_providers(device))
    except Exception as fault:  # its exceptions share no base but this one
        raise TaskFailed(f"{file_name} can't be loaded as an ONNX model ({fault}); fetch the weights again") from fault
    if device is Device.CUDA and session.get_providers()[0] != _CUDA:  # it falls back without a word
        raise TaskFailed(f"{file_name} does not run on CUDA, onnxruntime's log says why; set CASTLIST_DEVICE=cpu on all workers")
    return session


@cache
def cuda_fault() -> str:
    """Why ONNX Runtime can't use CUDA in this process, empty if it can."""
    if _CUDA not in ort.get_available_providers():
        return "the package onnxruntime is for the CPU alone, onnxruntime-gpu has to take its place"
    if driver_fault():
        return driver_fault()
    ort.preload_dlls()
    try:
        open_session(_SMALLEST_MODEL, "a model of one number", Device.CUDA)
    except TaskFailed:
        return "onnxruntime-gpu can't load CUDA or cuDNN, its log says which file"
    return ""


def _tensor(found: Any) -> Tensor:
    type_name = _TYPES.get(found.type) or found.type.removeprefix("tensor(").removesuffix(")")
    return Tensor(found.name, type_name, tuple(side if isinstance(side, int) else None for side in found.shape))


def _providers(device: Device) -> list[Any]:
    on_cpu = ["CPUExecutionProvider"]
    return [(_CUDA, _CUDA_OPTIONS), *on_cpu] if device is Device.CUDA else on_cpu
