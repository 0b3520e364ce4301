"""JSON documents that are the same bytes for the same content: sorted keys, LF, floats rounded to 6 decimals, no NaN."""

import json
from typing import Any

import numpy as np


def encode_json(document: Any) -> bytes:
    """UTF-8 JSON with a final newline. NumPy scalars and arrays become numbers and lists.

    Raises `ValueError` for NaN and infinities.
    """
    text = json.dumps(_plain(document), sort_keys=True, indent=2, ensure_ascii=False, allow_nan=False)
    return (text + "\n").encode()


def decode_json(data: bytes) -> Any:
    return json.loads(data)


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return _plain(value.tolist())
    return _plain_number(value)


def _plain_number(value: Any) -> Any:
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return round(value, 6) + 0.0  # adding 0.0 turns -0.0 into 0.0
    return value
