"""Reads datasets of an HDF5 file from anywhere: each is checked in full before room is made for what it holds.

Only hard links are followed, and only data inside the file is read: no external or virtual storage. Types are those that the caller
names, so none of variable length, no objects and no references. Filters are none or deflate, which is undone here and not by the HDF5
library: that one makes room for whatever a stream holds, however small the dataset says to be.
"""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from math import prod
from pathlib import Path
from typing import TypeVar

import h5py
import numpy as np
from numpy.typing import NDArray

from castlist.errors import InputError

_Value = TypeVar("_Value", int, str)

LARGEST_TEXT_BYTES = 4096
"""Of what is said of a file in attributes."""

_LAYOUTS = (h5py.h5d.CONTIGUOUS, h5py.h5d.CHUNKED, h5py.h5d.COMPACT)
_ALLOWANCE_BYTES = 64 << 20
_LARGEST_RATIO = 100  # photographs shrink to a half, flat pictures further; a bomb to a thousandth


class DistrustedFile:
    """An HDF5 file that `opened` has open, and how much its datasets have claimed so far.

    Everything raises `InputError` with the file, the dataset and what is wrong with it.
    """

    def __init__(self, path: Path, file: h5py.File) -> None:
        self.root = file
        self._path = path
        self._length = path.stat().st_size
        self._claimed, self._stored = 0, 0
        self._counted: set[str] = set()

    def wrong(self, place: str, fault: str) -> InputError:
        """An error to raise."""
        return InputError(f"{self._path.name}: {place.strip('/') or 'the file'} {fault}")

    def names(self, group: h5py.Group) -> list[str]:
        """Names of a group's members, all of which are hard links."""
        names = list(group)
        for name in names:
            # The link is looked at before it is followed: soft and external links may lead to other files.
            if not isinstance(group.get(name, getlink=True), h5py.HardLink):
                raise self.wrong(f"{group.name}/{name}", "is a soft or external link, which is never followed; copy the data into the file")
        return names

    def group(self, parent: h5py.Group, name: str) -> h5py.Group:
        """A member that is a group."""
        found = parent[name]
        if not isinstance(found, h5py.Group):
            raise self.wrong(f"{parent.name}/{name}", "is a dataset, expected a group")
        return found

    def attribute(self, group: h5py.Group, name: str, kind: type[_Value]) -> _Value | None:
        """A whole number or a text that is said of a group; None where it is not there."""
        if name not in group.attrs:
            return None
        found = group.attrs.get_id(name)
        fits = h5py.check_string_dtype(found.dtype) is not None if kind is str else found.dtype.kind in "iu"
        if found.shape != () or not fits or found.get_storage_size() > LARGEST_TEXT_BYTES:
            raise self.wrong(f"{group.name} {name}", f"is no single {'text' if kind is str else 'whole number'}")
        value = group.attrs[name]
        if kind is str and len(value) > LARGEST_TEXT_BYTES:
            raise self.wrong(f"{group.name} {name}", f"has {len(value):,} letters, expected up to {LARGEST_TEXT_BYTES:,}")
        return kind(value.decode() if isinstance(value, bytes) else value)

    def dataset(self, parent: h5py.Group, name: str, dtype: str, shape: tuple[int | None, ...]) -> h5py.Dataset:
        """A member that is a dataset of that type and shape, None for any length, and that may be read."""
        place, found = f"{parent.name}/{name}", parent[name]
        if not isinstance(found, h5py.Dataset):
            raise self.wrong(place, "is a group, expected a dataset")
        actual = found.shape or ()
        fits = len(actual) == len(shape) and all(want in (None, length) for want, length in zip(shape, actual, strict=True))
        if found.dtype.newbyteorder("<") != np.dtype(dtype) or found.shape is None or not fits:
            wanted = ", ".join("any" if length is None else str(length) for length in shape)
            raise self.wrong(place, f"is {found.dtype} {found.shape}, expected {np.dtype(dtype)} ({wanted})")
        self._check_storage(found, place)
        return found

    def read(self, dataset: h5py.Dataset) -> NDArray[np.generic]:
        """All of a dataset that `dataset` returned."""
        if dataset.chunks is None or not dataset.size:
            values: NDArray[np.generic] = dataset[()]
            return values
        values = np.empty(dataset.shape, dataset.dtype)
        seen = set()
        for offset, mask, size in _chunks(dataset):
            if size > self._length:
                raise self.wrong(dataset.name, f"has a chunk of {size:,} bytes, the whole file has {self._length:,}")
            raw = dataset.id.read_direct_chunk(offset)[1]
            chunk = self._inflated(dataset, raw, packed=dataset.compression == "gzip" and not mask & 1)
            part = tuple(slice(start, start + length) for start, length in zip(offset, dataset.chunks, strict=True))
            target = values[part]
            target[...] = chunk[tuple(slice(length) for length in target.shape)]
            seen.add(offset)
        if len(seen) != prod(-(-length // step) for length, step in zip(dataset.shape, dataset.chunks, strict=True)):
            raise self.wrong(dataset.name, "lacks some of its data")
        return values

    def _inflated(self, dataset: h5py.Dataset, raw: bytes, *, packed: bool) -> NDArray[np.generic]:
        wanted = prod(dataset.chunks) * dataset.dtype.itemsize
        data = zlib.decompressobj().decompress(raw, wanted + 1) if packed else raw
        if len(data) != wanted:
            raise self.wrong(dataset.name, f"has a chunk that does not hold the {wanted:,} bytes that it claims")
        return np.frombuffer(data, dataset.dtype).reshape(dataset.chunks)

    def _check_storage(self, dataset: h5py.Dataset, place: str) -> None:
        plan = dataset.id.get_create_plist()
        filters = [plan.get_filter(number)[0] for number in range(plan.get_nfilters())]
        if plan.get_layout() not in _LAYOUTS or dataset.external is not None:
            raise self.wrong(place, "lies outside the file, where it is not read; copy the data into the file")
        if filters not in ([], [h5py.h5z.FILTER_DEFLATE]):
            raise self.wrong(place, "has filters other than gzip; write it with gzip or without compression")
        steps = dataset.chunks or dataset.shape
        claimed = prod(-(-length // step) * step if step else 0 for length, step in zip(dataset.shape, steps, strict=True))
        claimed *= dataset.dtype.itemsize
        stored = dataset.id.get_storage_size()
        if stored > self._length or (not filters and stored < claimed):
            raise self.wrong(place, f"claims {claimed:,} bytes and holds {min(stored, self._length):,}")
        if place in self._counted:
            return
        self._counted.add(place)
        self._claimed += claimed
        self._stored += stored
        if self._stored > self._length:
            raise self.wrong(place, "uses data that other datasets use as well")
        if self._claimed > _ALLOWANCE_BYTES + _LARGEST_RATIO * self._length:
            raise self.wrong(
                place, f"and those before it claim {self._claimed:,} bytes, which no pictures in a file of {self._length:,} bytes do"
            )


@contextmanager
def opened(path: Path) -> Iterator[DistrustedFile]:
    """The file, open for reading. What HDF5 stumbles over inside the block is an `InputError` as well."""
    try:
        with h5py.File(path, "r") as file:
            yield DistrustedFile(path, file)
    except (OSError, KeyError, RuntimeError, ValueError, TypeError, zlib.error) as fault:
        raise InputError(f"{path.name} can't be read as HDF5: {fault}; is it damaged, or another kind of file?") from fault


def _chunks(dataset: h5py.Dataset) -> list[tuple[tuple[int, ...], int, int]]:
    """Offset, filter mask and stored bytes of each chunk."""
    found: list[tuple[tuple[int, ...], int, int]] = []
    dataset.id.chunk_iter(lambda info: found.append((info.chunk_offset, info.filter_mask, info.size)))
    return found
