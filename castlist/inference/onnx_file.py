"""What an ONNX file says about itself, without the onnx package.

An ONNX file is a protobuf message. Field numbers: onnx.proto3 of the ONNX specification.
"""

from collections.abc import Iterator

Span = tuple[int, int]
"""Where bytes lie: from, to."""

VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5  # protobuf wire types
WEIGHTS = (7, 5)  # field numbers from the model down: graph > initializer
CONSTANTS = (7, 1, 5, 5)  # graph > node > attribute > tensor
FACTS = (14,)  # the model's metadata_props, each with a key and a value
KEY, VALUE = 1, 2
DIMENSION, DATA_TYPE, FLOAT_DATA, RAW_DATA = 1, 2, 4, 9  # fields of a tensor
FLOAT32, UINT8, INT8, FLOAT16 = 1, 2, 3, 10  # data types
KERNEL_SIDES = 4  # what a convolution multiplies with has four sides; zero points, which every quantised file holds, have fewer


def precision(model: bytes) -> str:
    """`int8` if a convolution's kernel is stored in bytes, `float16` if any weight is stored so, else `float32`.

    Raises `ValueError` if the bytes are no protobuf message.
    """
    tensors = list(descend(model, (0, len(model)), WEIGHTS))
    types = {data_type(model, tensor) for tensor in tensors}
    if types & {UINT8, INT8} and any(
        data_type(model, tensor) in (UINT8, INT8) and side_count(model, tensor) == KERNEL_SIDES for tensor in tensors
    ):
        return "int8"
    return "float16" if FLOAT16 in types else "float32"


def facts(model: bytes) -> dict[str, str]:
    """What the file says of itself beside the network, by key. Raises `ValueError` if the bytes are no protobuf message."""
    entries = [
        {number: model[slice(*value)].decode(errors="replace") for number, wire_type, value in fields(model, entry) if wire_type == BYTES}
        for entry in descend(model, (0, len(model)), FACTS)
    ]
    return {entry.get(KEY, ""): entry.get(VALUE, "") for entry in entries}


def side_count(model: bytes, tensor: Span) -> int:
    """How many dimensions a tensor has, packed or not."""
    sides = 0
    for number, wire_type, value in fields(model, tensor):
        if number == DIMENSION:
            sides += 1 if wire_type == VARINT else sum(byte < 0x80 for byte in model[slice(*value)])
    return sides


def data_type(model: bytes, tensor: Span) -> int:
    """The type of a tensor's values, 0 where it does not say."""
    return next((value[0] for number, wire_type, value in fields(model, tensor) if number == DATA_TYPE and wire_type == VARINT), 0)


def descend(data: bytes, span: Span, path: tuple[int, ...]) -> Iterator[Span]:
    """Every message that a path of field numbers leads to. Raises `ValueError` as `fields` does."""
    if not path:
        yield span
        return
    for number, wire_type, value in fields(data, span):
        if number == path[0] and wire_type == BYTES:
            yield from descend(data, value, path[1:])


def fields(data: bytes, span: Span) -> Iterator[tuple[int, int, Span]]:
    """Field number, wire type and, for bytes, where they lie; for a varint its value comes first in the pair.

    Raises `ValueError` where the bytes are no protobuf message.
    """
    position, end = span
    while position < end:
        key, position = _varint(data, position)
        number, wire_type = key >> 3, key & 7
        if wire_type == VARINT:
            value, position = _varint(data, position)
            yield number, wire_type, (value, position)
            continue
        if wire_type not in (FIXED64, BYTES, FIXED32):
            raise ValueError(f"no ONNX file: byte {position} holds wire type {wire_type}")
        length = 8 if wire_type == FIXED64 else 4
        if wire_type == BYTES:
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
