"""A network from the bytes of an ONNX file, on whichever engine a job names."""

from castlist.errors import TaskFailed
from castlist.inference import onnx_file
from castlist.inference.engines import OPENVINO, Runtime
from castlist.inference.network import Network
from castlist.inference.onnx_runtime import SessionNetwork, open_session
from castlist.inference.openvino_runtime import OpenvinoNetwork


def open_network(model: bytes, file_name: str, runtime: Runtime, *, any_batch: bool = False) -> Network:
    """`any_batch` is for batches of many lengths. Raises `TaskFailed` if the bytes are no model, or do not run there."""
    if runtime.engine == OPENVINO:
        try:
            facts = onnx_file.facts(model)
        except ValueError as fault:
            raise TaskFailed(f"{file_name} can't be loaded as an ONNX model ({fault}); fetch the weights again") from fault
        return OpenvinoNetwork(model, file_name, runtime.precision, facts)
    return SessionNetwork(open_session(model, file_name, runtime.device, any_batch=any_batch))
