"""A tiny ONNX file, written byte by byte, so that no weights and no onnx package are needed."""

from collections.abc import Callable

import numpy as np
import pytest


def varint(value: int) -> bytes:
    data = bytearray()
    while value > 0x7F:
        data.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*data, value])


def number(field: int, value: int) -> bytes:
    return varint(field << 3) + varint(value)


def block(field: int, *parts: bytes) -> bytes:
    content = b"".join(parts)
    return varint(field << 3 | 2) + varint(len(content)) + content


def tensor(name: str, values: np.ndarray, *, raw: bool) -> bytes:
    """A float TensorProto without its outer key."""
    data = block(9, values.astype("<f4").tobytes()) if raw else block(4, values.astype("<f4").tobytes())
    return b"".join([number(1, len(values)), number(2, 1), block(8, name.encode()), data])


def value_info(name: str, *sides: int | str) -> bytes:
    dimensions = [block(1, number(1, side) if isinstance(side, int) else block(2, side.encode())) for side in sides]
    return block(1, name.encode()) + block(2, block(1, number(1, 1), block(2, *dimensions)))


def node(kind: str, inputs: list[str], output: str, *attributes: bytes) -> bytes:
    return b"".join([*(block(1, name.encode()) for name in inputs), block(2, output.encode()), block(4, kind.encode()), *attributes])


MakeModel = Callable[..., bytes]


@pytest.fixture
def make_model() -> MakeModel:
    """An ONNX file that means each colour plane, multiplies by `weights` and adds a constant: `(batch, 3, 256, 128)` -> `(batch, 3)`."""

    def make(weights=(1.0, 2.0, 4.0), constant=(0.0, 0.0, 0.0), batch: int | str = "batch", sides=(3, 256, 128)) -> bytes:
        added = block(5, block(1, b"value"), block(5, tensor("", np.array(constant), raw=False)), number(20, 4))
        graph = block(
            7,
            block(1, node("GlobalAveragePool", ["crops"], "pooled")),
            block(1, node("Flatten", ["pooled"], "flat")),
            block(1, node("Mul", ["flat", "weights"], "scaled")),
            block(1, node("Constant", [], "constant", added)),
            block(1, node("Add", ["scaled", "constant"], "embeddings")),
            block(2, b"tiny"),
            block(5, tensor("weights", np.array(weights), raw=True)),
            block(11, value_info("crops", batch, *sides)),
            block(12, value_info("embeddings", batch, 3)),
        )
        return number(1, 8) + graph + block(8, number(2, 13))

    return make
