"""Weights so small that they slow a network down, set to zero.

Denormal numbers (below 1.2e-38 in float32) take a CPU many times as long to multiply. OSNet's published
weights hold 471 of them, and ONNX Runtime's own switch (`session.set_denormal_as_zero`) does not help.
"""

from collections.abc import Iterator

import numpy as np

from castlist.inference.onnx_file import BYTES, CONSTANTS, FLOAT32, FLOAT_DATA, RAW_DATA, WEIGHTS, Span, data_type, descend, fields

LEAST_WEIGHT = 1e-20


def without_denormals(model: bytes) -> bytes:
    """The ONNX file with every float32 weight nearer to zero than 1e-20 set to zero.

    Only the paths to the weights are walked, and bytes are changed in place, so no length changes and nothing
    need be encoded again. Raises `ValueError` if the bytes are no protobuf message.
    """
    changed = bytearray(model)
    for path in (WEIGHTS, CONSTANTS):
        for tensor in descend(model, (0, len(model)), path):
            for start, end in _float_spans(model, tensor):
                weights = np.frombuffer(changed, "<f4", (end - start) // 4, start)
                weights[np.abs(weights) < LEAST_WEIGHT] = 0
    return bytes(changed)


def _float_spans(data: bytes, tensor: Span) -> Iterator[Span]:
    """Where a tensor's float32 values lie; nothing for other types and for packed values that are stored elsewhere."""
    if data_type(data, tensor) == FLOAT32:
        for number, wire_type, value in fields(data, tensor):
            if number in (FLOAT_DATA, RAW_DATA) and wire_type == BYTES:
                yield value
