"""Weights so small that they slow a network down, set to zero inside an ONNX file.

Denormal numbers (below 1.2e-38 in float32) take a CPU many times as long to multiply. OSNet's published
weights hold 471 of them, and ONNX Runtime's own switch (`session.set_denormal_as_zero`) does not help.

An ONNX file is a protobuf message. Only the path to the weights is walked here, model > graph >
(initializer | node > attribute > tensor), and bytes are changed in place, so no length changes and
nothing need be encoded again. Field numbers: onnx.proto3 of the ONNX specification.
"""

from collections.abc import Iterator

import numpy as np

_LEAST_WEIGHT = 1e-20
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5  # protobuf wire types
_PATHS_TO_TENSORS = ((7, 5), (7, 1, 5, 5))  # field numbers from the model down
_DATA_TYPE, _FLOAT_DATA, _RAW_DATA = 2, 4, 9  # fields of a tensor
_FLOAT = 1  # data type of float32

Span = tuple[int, int]


def without_denormals(model: bytes) -> bytes:
    """The ONNX file with every float32 weight nearer to zero than 1e-20 set to zero.

    Raises `ValueError` if the bytes are no protobuf message.
    """
    changed = bytearray(model)
    for path in _PATHS_TO_TENSORS:
        for tensor in _descend(model, (0, len(model)), path):
            for start, end in _float_spans(model, tensor):
                weights = np.frombuffer(changed, "<f4", (end - start) // 4, start)
                weights[np.abs(weights) < _LEAST_WEIGHT] = 0
    return bytes(changed)


def _descend(data: bytes, span: Span, path: tuple[int, ...]) -> Iterator[Span]:
    if not path:
        yield span
        return
    for number, wire_type, value in _fields(data, span):
        if number == path[0] and wire_type == _BYTES:
            yield from _descend(data, value, path[1:])


def _float_spans(data: bytes, tensor: Span) -> Iterator[Span]:
    """Where a tensor's float32 values lie; nothing for other types and for packed values that are stored elsewhere."""
    spans: list[Span] = []
    data_type = 0
    for number, wire_type, value in _fields(data, tensor):
        if number == _DATA_TYPE and wire_type == _VARINT:
            data_type = value[0]
        elif number in (_FLOAT_DATA, _RAW_DATA) and wire_type == _BYTES:
            spans.append(value)
    return iter(spans if data_type == _FLOAT else ())


def _fields(data: bytes, span: Span) -> Iterator[tuple[int, int, Span]]:
    """Field number, wire type and, for bytes, where they lie; for a varint its value comes first in the pair."""
    position, end = span
    while position < end:
        key, position = _varint(data, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == _VARINT:
            value, position = _varint(data, position)
            yield number, wire_type, (value, position)
            continue
        if wire_type not in (_FIXED64, _BYTES, _FIXED32):
            raise ValueError(f"no ONNX file: byte {position} holds wire type {wire_type}")
        length = 8 if wire_type == _FIXED64 else 4
        if wire_type == _BYTES:
            length, position = _varint(data, position)
        if position + length > end:
            raise ValueError(f"no ONNX file: the field at byte {position} is longer than its message")
        yield number, wire_type, (position, position + length)
        position += length


def _varint(data: bytes, position: int) -> tuple[int, int]:
    value = 0
    for shift in range(0, 70, 7):
        if position >= len(data):
            break
        byte = data[position]
        position += 1
        value |= (byte & 0x7F) << shift
        if byte < 0x80:
            return value, position
    raise ValueError(f"no ONNX file: byte {position} ends in the middle of a number")
