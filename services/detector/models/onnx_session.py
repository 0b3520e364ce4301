"""ONNX Runtime sessions as the detectors use them: one thread, the same bytes for the same input."""

import onnxruntime as ort

from castlist.errors import TaskFailed
from services.detector.models.runtime import onnx_runtime


def open_session(model: bytes, name: str) -> ort.InferenceSession:
    """A session that may run in several threads at once, each run in its caller's thread alone.

    Segments are decoded and detected side by side, which uses two cores better than one network
    on two threads does (measured: 43 against 52 ms a frame). Raises `TaskFailed` if the bytes are no model.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no base but this one
        raise TaskFailed(f"the weights of {name} can't be loaded by {onnx_runtime()}: {error}") from error
