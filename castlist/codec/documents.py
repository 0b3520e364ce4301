"""JSON documents that are the same bytes for the same content: sorted keys, LF, floats rounded to 6 decimals, no NaN."""

import json
from typing import Any

import numpy as np
from numpy.typing import NDArray

_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, allow_nan=False)
_DIGITS = 6


def encode_json(document: Any) -> bytes:
    """UTF-8 JSON with a final newline. NumPy scalars and arrays become numbers and lists.

    Indented by two, but for lists of plain values, and plain objects in lists, which take a line each: so long tables stay
    readable, small and quick to write. Raises `ValueError` for NaN and infinities.
    """
    return (_text(_plain(document), "\n") + "\n").encode()


def decode_json(data: bytes) -> Any:
    return json.loads(data)


def _text(value: Any, indent: str) -> str:
    inner = indent + "  "
    if isinstance(value, dict) and value:
        lines = (f"{inner}{_ENCODER.encode(key)}: {_text(value[key], inner)}" for key in sorted(value))
        return f"{{{','.join(lines)}{indent}}}"
    if isinstance(value, list) and any(isinstance(item, dict | list) for item in value):
        rows = (f"{inner}{_ENCODER.encode(item) if _is_row(item) else _text(item, inner)}" for item in value)
        return f"[{','.join(rows)}{indent}]"
    return _ENCODER.encode(value)


def _is_row(value: Any) -> bool:
    return isinstance(value, dict) and not any(isinstance(item, dict | list) for item in value.values())


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain_array(value)
    return _plain_number(value)


def _plain_array(array: NDArray[np.generic]) -> Any:
    if array.ndim != 1:
        return [_plain_array(row) for row in array] if array.ndim else _plain_number(array[()])
    values: list[Any] = array.tolist()
    return [round(value, _DIGITS) + 0.0 for value in values] if array.dtype.kind == "f" else values


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, _DIGITS) + 0.0  # adding 0.0 turns -0.0 into 0.0
    return value
