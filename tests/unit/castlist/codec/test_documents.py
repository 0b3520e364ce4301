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
    document = {"b": [1, 0.12345678, np.float32(0.5)], "a": np.array([[1, 2], [3, 4]]), "é": np.bool_(True), 3: -1e-9, "c": [], "d": {}}
    rows = {"e": [{"z": 1, "y": np.array([0.5, -1e-9])}, {"x": None}], "f": np.float64(2), "g": np.array(7)}
    assert (
        encode_json(document | rows).decode()
        == """{
  "3": 0.0,
  "a": [
    [1, 2],
    [3, 4]
  ],
  "b": [1, 0.123457, 0.5],
  "c": [],
  "d": {},
  "e": [
    {
      "y": [0.5, 0.0],
      "z": 1
    },
    {"x": null}
  ],
  "f": 2.0,
  "g": 7,
  "é": true
}
"""
    )


@pytest.mark.parametrize("value", [float("nan"), float("inf"), np.array([np.nan])])
def test_no_nan_and_no_infinity(value) -> None:
    with pytest.raises(ValueError, match="not JSON compliant"):
        encode_json({"x": value})


@given(documents)
def test_documents_come_back(document) -> None:
    assert decode_json(encode_json(document)) == document
