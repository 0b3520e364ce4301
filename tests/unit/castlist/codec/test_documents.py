import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.codec.documents import decode_json, encode_json

documents = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**50), 2**50), st.text(max_size=5)),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=8,
)


def test_documents_look_as_promised() -> None:
    document = {"b": [1, 0.12345678, np.float32(0.5)], "a": np.array([[1, 2]]), "é": np.bool_(True), 3: -1e-9}
    assert encode_json(document).decode() == (
        '{\n  "3": 0.0,\n  "a": [\n    [\n      1,\n      2\n    ]\n  ],\n  "b": [\n    1,\n    0.123457,\n    0.5\n  ],\n  "é": true\n}\n'
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.array([np.nan])])
def test_no_nan_and_no_infinity(value) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"x": value})


@given(documents)
def test_documents_come_back(document) -> None:
    assert decode_json(encode_json(document)) == document
