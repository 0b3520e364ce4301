"""Named plain arrays as .npz bytes, the same bytes for the same arrays; single arrays as .npy."""

import io
import zipfile
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.errors import ObjectCorrupt

ColumnTypes = dict[str, tuple[type[np.generic], int]]
"""Columns by name: of which type, in how many dimensions."""

_EPOCH = (1980, 1, 1, 0, 0, 0)
_LEVEL = 1  # of deflate: of floats the highest takes off 4 % more, in six times the time


def encode_npz(arrays: Mapping[str, NDArray[np.generic]], level: int = _LEVEL) -> bytes:
    """Deflated .npz, entries in sorted order without times. Raises `ValueError` for object arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(arrays):
            archive.writestr(zipfile.ZipInfo(f"{name}.npy", _EPOCH), encode_npy(arrays[name]), zipfile.ZIP_DEFLATED, level)
    return buffer.getvalue()


def decode_npz(data: bytes) -> dict[str, NDArray[np.generic]]:
    """All arrays of an .npz. Never unpickles."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def decode_columns(data: bytes, types: ColumnTypes, name: str) -> dict[str, NDArray[np.generic]]:
    """The arrays of an .npz that must have these types and numbers of dimensions. Raises `ObjectCorrupt`, which says `name`."""
    try:
        columns = decode_npz(data)
    except (ValueError, OSError, EOFError, zipfile.BadZipFile) as fault:
        raise ObjectCorrupt(f"{name} can't be read: {fault}") from fault
    for column, (dtype, dimensions) in types.items():
        if column not in columns or columns[column].dtype != dtype or columns[column].ndim != dimensions:
            raise ObjectCorrupt(f"{name} lacks {column} as {dtype.__name__} with {dimensions} dimensions")
    return columns


def decode_table(data: bytes, types: ColumnTypes, name: str) -> dict[str, Any]:
    """The same of columns, which are all of one length."""
    columns = decode_columns(data, types, name)
    if len({len(columns[column]) for column in types}) > 1:
        raise ObjectCorrupt(f"{name} has columns of different lengths")
    return columns


def encode_npy(array: NDArray[np.generic]) -> bytes:
    buffer = io.BytesIO()
    np.lib.format.write_array(buffer, np.ascontiguousarray(array), allow_pickle=False)
    return buffer.getvalue()


def decode_npy(data: bytes) -> NDArray[np.generic]:
    array: NDArray[np.generic] = np.load(io.BytesIO(data), allow_pickle=False)
    return array
