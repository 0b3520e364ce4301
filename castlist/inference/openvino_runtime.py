"""OpenVINO on the CPU: one thread a network, precision as asked for, and the same output whoever runs it."""

import sys
from collections import deque
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.errors import TaskFailed
from castlist.inference.network import Tensor

_HINTS = {"bfloat16": "bf16"}  # all else is computed in float32, whatever the weights are stored in
_TELEMETRY = "openvino_telemetry"


class OpenvinoNetwork:
    """A `Network` on OpenVINO. As many copies are compiled as threads run it at once, since a copy serves one of them."""

    def __init__(self, model: bytes, file_name: str, precision: str, facts: Mapping[str, str]) -> None:
        """Raises `TaskFailed` if OpenVINO can't read the bytes or has not all of the network's operators."""
        self.facts = facts
        self._settings = {
            "INFERENCE_PRECISION_HINT": _HINTS.get(precision, "f32"),  # without it, bf16 is used wherever the CPU has it
            "INFERENCE_NUM_THREADS": 1,
            "NUM_STREAMS": 1,
            "ENABLE_CPU_PINNING": False,
        }
        try:
            self._model = _openvino().Core().read_model(model, b"")
            self._idle = deque([self._compile()])
        except Exception as fault:  # its exceptions share no base but this one
            raise TaskFailed(f"{file_name} can't be loaded by OpenVINO ({_first_line(fault)}): set plan.runtime=onnxruntime") from fault
        self.inputs = tuple(_tensor(port) for port in self._model.inputs)
        self.outputs = tuple(_tensor(port) for port in self._model.outputs)

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """See `Network`."""
        try:
            request = self._idle.pop()
        except IndexError:
            request = self._compile()
        try:
            request.infer(dict(inputs), share_inputs=True)
            return [request.get_tensor(name).data.copy() for name in outputs]
        finally:
            self._idle.append(request)

    def _compile(self) -> Any:
        return _openvino().Core().compile_model(self._model, "CPU", self._settings).create_infer_request()


@cache
def has_bfloat16() -> bool:
    """Whether this CPU has instructions for bfloat16 (AVX512-BF16 or AMX), as OpenVINO sees it."""
    return "BF16" in _openvino().Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES")


@cache
def _openvino() -> Any:
    """The package, without its telemetry, which would write an id into the home folder and report the import."""
    sys.modules.setdefault(_TELEMETRY, None)  # type: ignore[arg-type]  # this makes an import fail, and OpenVINO goes on without
    import openvino  # noqa: PLC0415 - an extra, which most installations lack

    return openvino


def _tensor(port: Any) -> Tensor:
    sides = (dimension.get_length() if dimension.is_static else None for dimension in port.get_partial_shape())
    return Tensor(port.get_any_name(), np.dtype(port.get_element_type().to_dtype()).name, tuple(sides))


def _first_line(fault: Exception) -> str:
    lines = [line.strip() for line in str(fault).splitlines() if line.strip()]
    return lines[-1] if lines else type(fault).__name__
