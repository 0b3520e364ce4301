"""Packed crops as HDF5 bytes: what jobs keep.

The file has these datasets in its root group, contiguous, uncompressed and little-endian, for K crops:

| dataset             | type, shape    | content                                             |
|---------------------|----------------|-----------------------------------------------------|
| `images`            | uint8 (B,)     | the K JPEG files, one after the other               |
| `offsets`           | int64 (K + 1,) | crop k is `images[offsets[k]:offsets[k + 1]]`       |
| `shapes`            | int64 (K, 2)   | height and width in pixels                          |
| `boxes`             | float32 (K, 4) | x1, y1, x2, y2 in pixels of the upright frame       |
| `confidences`       | float32 (K,)   | of the detection, 0..1                              |
| `sharpness`         | float32 (K,)   | as `castlist.domain.records.CropPack` says          |
| `frame_numbers`     | int64 (K,)     | as `castlist.domain.records.CropPack` says          |
| `detection_indices` | int64 (K,)     | as above                                            |
| `person_ids`        | int64 (K,)     | 0 where the crop belongs to nobody yet              |
| `notes`             | uint8 (N,)     | what is said of the whole file; left out if nothing |

Packed bytes, since a dataset for each crop takes twenty times as long to write, and a person's crops
lie in one range that can be read alone.
"""

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import pairwise

import h5py
import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import CropPack
from castlist.domain.row_runs import row_offsets
from castlist.errors import ObjectCorrupt

_COLUMNS: dict[str, tuple[str, int]] = {
    "images": ("|u1", 1),
    "offsets": ("<i8", 1),
    "shapes": ("<i8", 2),
    "boxes": ("<f4", 2),
    "confidences": ("<f4", 1),
    "sharpness": ("<f4", 1),
    "frame_numbers": ("<i8", 1),
    "detection_indices": ("<i8", 1),
    "person_ids": ("<i8", 1),
}
_NOTES = "notes"
_KINDS = _COLUMNS | {_NOTES: ("|u1", 1)}
_WIDTHS = {"shapes": 2, "boxes": 4}
LARGEST_FILE_BYTES = 1 << 30
"""Stages write packs of some ten megabytes; a single tracklet's crops may make one larger."""

_LARGEST_SIDE_PX = 65_535  # JPEG has no larger one

_Columns = dict[str, NDArray[np.generic]]


@dataclass(frozen=True, slots=True, eq=False)
class PackedCrops:
    """An HDF5 file of crops, and where in it each image lies: `offsets` and `lengths` int64 (K,) in bytes of the file."""

    data: bytes
    offsets: NDArray[np.int64]
    lengths: NDArray[np.int64]


def encode_crops(pack: CropPack, notes: bytes = b"") -> bytes:
    """The pack as an HDF5 file, the same bytes for the same pack and notes (`decode_notes`)."""
    return pack_crops(pack, notes).data


def pack_crops(pack: CropPack, notes: bytes = b"") -> PackedCrops:
    """The same file, and where its images lie, so that one can be read without opening it."""
    lengths = np.fromiter(map(len, pack.images), np.int64, len(pack.images))
    columns: _Columns = {
        "offsets": row_offsets(lengths),
        "shapes": pack.shapes,
        "boxes": pack.boxes,
        "confidences": pack.confidences,
        "sharpness": pack.sharpness,
        "frame_numbers": pack.frame_numbers,
        "detection_indices": pack.detection_indices,
        "person_ids": pack.person_ids,
        **({_NOTES: np.frombuffer(notes, np.uint8)} if notes else {}),
    }
    size = int(lengths.sum())
    shell, start = _shell(columns, size)
    data = b"".join((shell[:start], *pack.images, shell[start + size :]))
    return PackedCrops(data, columns["offsets"][:-1].astype(np.int64) + start, lengths)


def _shell(columns: _Columns, image_bytes: int) -> tuple[bytes, int]:
    """The file without its images, and where in it they belong.

    By way of HDF5 they would be copied three times more. They come last, when everything else has its place, so nothing follows them.
    """
    buffer = io.BytesIO()
    with h5py.File(buffer, "w", libver=("v108", "v108")) as file:
        for name, column in columns.items():
            file.create_dataset(name, data=column.astype(_KINDS[name][0], copy=False), track_times=False)
        images = file.create_dataset("images", (image_bytes,), _COLUMNS["images"][0], fill_time="never", track_times=False)
        file.flush()
        images[:1] = 0  # HDF5 makes room for all of them
        start = images.id.get_offset() or 0  # None if there are none
    return buffer.getvalue(), start


def decode_crops(data: bytes) -> CropPack:
    """The pack in an HDF5 file, which is distrusted: it is checked in full before a row of it is used.

    Raises `ObjectCorrupt` for anything that `encode_crops` would not have written: other names,
    types or layouts, links, external or virtual storage, sizes beyond the file, columns that disagree.
    """
    if len(data) > LARGEST_FILE_BYTES:
        raise ObjectCorrupt(f"the crop file has {len(data)} bytes, more than any stage writes ({LARGEST_FILE_BYTES})")
    with _readable(), h5py.File(io.BytesIO(data), "r") as file:
        datasets = _checked_datasets(file, len(data))
        images = datasets["images"][()]
        columns = _checked_columns(datasets)
    packed: memoryview = images.data
    return CropPack(
        images=tuple(bytes(packed[start:end]) for start, end in pairwise(columns["offsets"].tolist())),
        frame_numbers=columns["frame_numbers"].astype(np.int64, copy=False),
        detection_indices=columns["detection_indices"].astype(np.int64, copy=False),
        boxes=columns["boxes"].astype(np.float32, copy=False),
        confidences=columns["confidences"].astype(np.float32, copy=False),
        sharpness=columns["sharpness"].astype(np.float32, copy=False),
        shapes=columns["shapes"].astype(np.int64, copy=False),
        person_ids=columns["person_ids"].astype(np.int64, copy=False),
    )


def decode_notes(data: bytes) -> bytes:
    """What `encode_crops` was given to note, nothing where there is nothing. Checked, and raises, as `decode_crops` does."""
    with _readable(), h5py.File(io.BytesIO(data), "r") as file:
        datasets = _checked_datasets(file, len(data))
        return bytes(datasets[_NOTES][()]) if _NOTES in datasets else b""


@contextmanager
def _readable() -> Iterator[None]:
    try:
        yield
    except (OSError, KeyError, RuntimeError, ValueError, TypeError) as fault:
        raise ObjectCorrupt(f"the crop file can't be read as HDF5: {fault}") from fault


def _checked_datasets(file: h5py.File, file_length: int) -> dict[str, h5py.Dataset]:
    names = set(file)
    if names - {_NOTES} != set(_COLUMNS):
        raise ObjectCorrupt(f"the crop file holds {_listed(names)}, expected {_listed(set(_COLUMNS))}")
    for name in sorted(names):
        # The link is looked at before it is followed: soft and external links may lead to other files.
        if not isinstance(file.get(name, getlink=True), h5py.HardLink):
            raise ObjectCorrupt(f"{name!r} in the crop file is a link, expected a dataset")
        _check_dataset(file[name], name, file_length)
    datasets = {name: file[name] for name in names}
    if sum(dataset.nbytes for dataset in datasets.values()) > file_length:
        raise ObjectCorrupt("two datasets in the crop file lie in the same place")
    return datasets


def _check_dataset(dataset: h5py.Dataset, name: str, file_length: int) -> None:
    dtype, dimensions = _KINDS[name]
    if not isinstance(dataset, h5py.Dataset):
        raise ObjectCorrupt(f"{name!r} in the crop file is a group, expected a dataset")
    if dataset.id.get_create_plist().get_layout() != h5py.h5d.CONTIGUOUS or dataset.external is not None:
        raise ObjectCorrupt(f"{name!r} in the crop file is not stored in one piece inside the file")
    if dataset.dtype != np.dtype(dtype) or dataset.ndim != dimensions or dataset.shape[1:] not in ((), (_WIDTHS.get(name),)):
        raise ObjectCorrupt(f"{name!r} in the crop file is {dataset.dtype} {dataset.shape}, which is not the layout of crops")
    if dataset.nbytes > file_length:
        raise ObjectCorrupt(f"{name!r} in the crop file claims {dataset.nbytes} bytes, the whole file has {file_length}")
    if dataset.id.get_storage_size() != dataset.nbytes:
        raise ObjectCorrupt(f"{name!r} in the crop file claims {dataset.nbytes} bytes that were never written")


def _checked_columns(datasets: Mapping[str, h5py.Dataset]) -> _Columns:
    """All columns but the images and the notes."""
    columns: _Columns = {name: dataset[()] for name, dataset in datasets.items() if name in _COLUMNS and name != "images"}
    offsets = columns["offsets"].astype(np.int64, copy=False)
    count = len(offsets) - 1
    for name in columns.keys() - {"offsets"}:
        if len(columns[name]) != count:
            raise ObjectCorrupt(f"the crop file has {count} crops but {len(columns[name])} rows of {name}")
    if count < 0 or offsets[0] != 0 or offsets[-1] != len(datasets["images"]) or np.any(np.diff(offsets) <= 0):
        raise ObjectCorrupt("offsets in the crop file do not divide its images")
    shapes = columns["shapes"].astype(np.int64, copy=False)
    if np.any(shapes < 1) or np.any(shapes > _LARGEST_SIDE_PX):
        raise ObjectCorrupt(f"a crop in the crop file has a side outside 1 to {_LARGEST_SIDE_PX} pixels")
    for name in ("frame_numbers", "detection_indices", "person_ids"):
        if np.any(columns[name].astype(np.int64, copy=False) < 0):
            raise ObjectCorrupt(f"the crop file has negative {name}")
    for name in ("boxes", "confidences", "sharpness"):
        if not np.all(np.isfinite(columns[name].astype(np.float32, copy=False))):
            raise ObjectCorrupt(f"the crop file has {name} that are not finite")
    return columns


def _listed(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "nothing"
