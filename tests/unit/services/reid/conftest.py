from collections.abc import Callable

import numpy as np
import pytest

from tests.fixtures.onnx_bytes import block, constant, model, node, tensor, value_info

MakeModel = Callable[..., bytes]


@pytest.fixture
def make_model() -> MakeModel:
    """An ONNX file that means each colour plane, multiplies by `weights` and adds a constant: `(batch, 3, 256, 128)` -> `(batch, 3)`."""

    def make(weights=(1.0, 2.0, 4.0), added=(0.0, 0.0, 0.0), batch: int | str = "batch", sides=(3, 256, 128)) -> bytes:
        return model(
            block(1, node("GlobalAveragePool", ["crops"], "pooled")),
            block(1, node("Flatten", ["pooled"], "flat")),
            block(1, node("Mul", ["flat", "weights"], "scaled")),
            block(1, constant("constant", np.array(added))),
            block(1, node("Add", ["scaled", "constant"], "embeddings")),
            block(2, b"tiny"),
            block(5, tensor("weights", np.array(weights), raw=True)),
            block(11, value_info("crops", batch, *sides)),
            block(12, value_info("embeddings", batch, 3)),
        )

    return make
