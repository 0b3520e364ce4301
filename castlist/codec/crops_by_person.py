"""Crops in the documented layout by person: an HDF5 file that any reader understands without Castlist.

For each person with N crops, in order of frame; pictures are uint8 (height, width, 3) in the order blue, green, red, each of its own size:

| name                              | type, shape                | content                                                        |
|-----------------------------------|----------------------------|----------------------------------------------------------------|
| `person_003/frame_numbers`        | int64 (N,)                 | from 0, never falling                                          |
| `person_003/bboxes`               | float32 (N, 4)             | x1, y1, x2, y2 in pixels of the upright frame; left out if unknown |
| `person_003/confidences`          | float32 (N,)               | of the detection, 0..1; left out if unknown                    |
| `person_003/crops/0` ... `N-1`    | uint8 (height, width, 3)   | a dataset for each crop                                        |
| `person_003/quality_scores`, ...  | see `MEASURES`, (N,)       | where they are known                                           |

`metadata` is a group without members; its attributes are `num_persons`, `total_frames` (of the video; the last crop's frame + 1 where
nobody knows), `total_crops`, `created_timestamp` (ISO 8601, UTC), `format_version` and, where known, `video_source`.
Datasets are compressed with gzip, the small ones whole and each picture in one chunk, or not at all.
"""

import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Protocol

import h5py
import numpy as np
from numpy.typing import NDArray

from castlist.codec.distrusted_hdf5 import DistrustedFile, opened
from castlist.codec.pictures import Picture
from castlist.domain.records import Float32, Int64

FORMAT_VERSION = "1.0"
MEASURES: Mapping[str, str] = {
    "detection_indices": "<i8",
    "quality_ranks": "<i8",
    "quality_scores": "<f8",
    "sharpness": "<f4",
    "tracklet_ids": "<i8",
    "visibility_scores": "<f8",
}
"""Further columns of a person, with their types; what they mean: `docs/crop-layout.md`."""

_METADATA = "metadata"
_GROUP = re.compile(r"person_(\d{3,18})")
LARGEST_SIDE_PX = 8192
_Columns = dict[str, NDArray[np.generic]]


class Pictures(Protocol):
    """Pictures by number, which may be made when they are asked for."""

    def __len__(self) -> int: ...

    def __getitem__(self, number: int, /) -> Picture:
        """Raises `IndexError` beyond the last."""


@dataclass(frozen=True, slots=True, eq=False)
class CropGroup:
    """One person's crops, rows in order of frame. `boxes` (N, 4) and `confidences` (N,) are None where nobody knows them.

    `measures`: some of `MEASURES`.
    """

    person_id: int
    frame_numbers: Int64
    pictures: Pictures
    boxes: Float32 | None = None
    confidences: Float32 | None = None
    measures: Mapping[str, NDArray[np.generic]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LayoutNotes:
    """What is said about a whole file. `total_frames` None: nobody knows how many the video has."""

    created_timestamp: str
    total_frames: int | None = None
    video_source: str = ""


@dataclass(frozen=True, slots=True)
class LayoutCounts:
    """What was written."""

    persons: int
    crops: int


def write_groups(path: Path, groups: Iterable[CropGroup], notes: LayoutNotes, gzip_level: int | None, threads: int = 1) -> LayoutCounts:
    """Write a file. `gzip_level` is 1 to 9, None for no compression. The same input gives the same bytes, in any number of threads.

    Pictures are made and compressed in those threads; one person's are in memory at a time.
    """
    persons, crops, frames = 0, 0, 0
    # The newer format has no index for the one chunk of a dataset.
    with h5py.File(path, "w", libver=("v110", "v110")) as file, ThreadPoolExecutor(threads) as pool:
        for group in groups:
            into = file.create_group(group_name(group.person_id))
            for name, values in sorted(_columns_of(group).items()):
                _write_dataset(into, name, _deflated(values, gzip_level), gzip_level)
            pictures = into.create_group("crops")
            made = pool.map(partial(_deflated_picture, group.pictures, gzip_level), range(len(group.frame_numbers)))
            for number, item in enumerate(made):
                _write_dataset(pictures, str(number), item, gzip_level)
            persons, crops = persons + 1, crops + len(group.frame_numbers)
            frames = max(frames, int(group.frame_numbers[-1]) + 1 if len(group.frame_numbers) else 0)
        about = file.create_group(_METADATA).attrs
        about["num_persons"] = np.int64(persons)
        about["total_frames"] = np.int64(frames if notes.total_frames is None else notes.total_frames)
        about["total_crops"] = np.int64(crops)
        about["created_timestamp"] = notes.created_timestamp
        about["format_version"] = FORMAT_VERSION
        if notes.video_source:
            about["video_source"] = notes.video_source
    return LayoutCounts(persons, crops)


def group_name(person_id: int) -> str:
    return f"person_{person_id:03d}"


_Deflated = tuple[NDArray[np.generic], bytes | None]
"""Values, and the stream that holds them; None where they are stored as they are."""


def _columns_of(group: CropGroup) -> _Columns:
    columns: _Columns = {"frame_numbers": group.frame_numbers.astype("<i8", copy=False)}
    if group.boxes is not None:
        columns["bboxes"] = group.boxes.astype("<f4", copy=False)
    if group.confidences is not None:
        columns["confidences"] = group.confidences.astype("<f4", copy=False)
    return columns | {name: values.astype(MEASURES[name], copy=False) for name, values in group.measures.items()}


def _deflated(values: NDArray[np.generic], gzip_level: int | None) -> _Deflated:
    return values, None if gzip_level is None or not values.size else zlib.compress(np.ascontiguousarray(values).data, gzip_level)


def _deflated_picture(pictures: Pictures, gzip_level: int | None, number: int) -> _Deflated:
    return _deflated(pictures[number], gzip_level)


def _write_dataset(into: h5py.Group, name: str, item: _Deflated, gzip_level: int | None) -> None:
    values, stream = item
    if stream is None:
        into.create_dataset(name, data=values, track_times=False)
        return
    packing = {"chunks": values.shape, "compression": "gzip", "compression_opts": gzip_level}
    dataset = into.create_dataset(name, values.shape, values.dtype, track_times=False, **packing)
    dataset.id.write_direct_chunk((0,) * values.ndim, stream)


class CropGroups:
    """A file in this layout that is read person by person; what is not asked for is not read. See `open_groups`."""

    def __init__(self, file: DistrustedFile) -> None:
        self._file = file
        names = file.names(file.root)
        self._groups = {
            int(match[1]): match[0] for name in names if (match := _GROUP.fullmatch(name)) and name == group_name(int(match[1]))
        }
        strangers = sorted(set(names) - set(self._groups.values()) - {_METADATA})
        if strangers:
            raise file.wrong(strangers[0], f"is not part of the layout, which has {_METADATA} and groups like person_003")
        if not self._groups:
            raise file.wrong("", "has no group like person_003: it is not in the layout by person")
        self.person_ids = tuple(sorted(self._groups))
        self._has_metadata = _METADATA in names

    def notes(self) -> LayoutNotes:
        """What is said of the whole file, so far as it is said in attributes."""
        file = self._file
        if not self._has_metadata or not isinstance(file.root[_METADATA], h5py.Group):
            return LayoutNotes("")
        group = file.group(file.root, _METADATA)
        frames = file.attribute(group, "total_frames", int)
        if frames is not None and not 0 <= frames < 1 << 63:
            raise file.wrong(f"{_METADATA} total_frames", "is no number of frames")
        texts = (file.attribute(group, name, str) or "" for name in ("created_timestamp", "video_source"))
        return LayoutNotes(next(texts), frames, next(texts))

    def group(self, person_id: int) -> CropGroup:
        """A person's crops; pictures are read when they are asked for. Raises `KeyError` for a person who is not there."""
        file = self._file
        group = file.group(file.root, self._groups[person_id])
        names = set(file.names(group))
        for name in sorted(names - {"frame_numbers", "bboxes", "confidences", "crops"} - set(MEASURES)):
            raise file.wrong(f"{group.name}/{name}", "is not part of the layout")
        for name in sorted({"frame_numbers", "crops"} - names):
            raise file.wrong(group.name, f"has no {name}")
        frames = file.dataset(group, "frame_numbers", "<i8", (None,))
        count = frames.shape[0]
        present = {"bboxes": "<f4", "confidences": "<f4", **MEASURES}
        columns: _Columns = {"frame_numbers": file.read(frames)}
        for name in sorted(names & set(present)):
            columns[name] = file.read(file.dataset(group, name, present[name], (count, 4) if name == "bboxes" else (count,)))
        fault = column_fault(columns)
        if fault is not None:
            raise file.wrong(f"{group.name}/{fault[0]}", fault[1])
        return CropGroup(
            person_id=person_id,
            frame_numbers=columns["frame_numbers"].astype(np.int64, copy=False),
            pictures=_StoredPictures(file, file.group(group, "crops"), count),
            boxes=columns["bboxes"].astype(np.float32, copy=False) if "bboxes" in columns else None,
            confidences=columns["confidences"].astype(np.float32, copy=False) if "confidences" in columns else None,
            measures={name: columns[name] for name in MEASURES if name in columns},
        )


def column_fault(columns: Mapping[str, NDArray[np.generic]]) -> tuple[str, str] | None:
    """The first column, by its name in the layout, that breaks a rule of it, and what is wrong; None if all is well."""
    if np.any(np.diff(columns["frame_numbers"].astype(np.int64)) < 0):
        return "frame_numbers", "has numbers that fall: rows are sorted by frame"
    numbers = {name: values.astype(np.float64) for name, values in columns.items()}
    for name, values in numbers.items():
        if not np.all(np.isfinite(values)):
            return name, "has numbers that are not finite"
        if columns[name].dtype.kind == "i" and np.any(values < 0):
            return name, "has negative numbers"
    if "bboxes" in numbers and not np.all(numbers["bboxes"][:, :2] < numbers["bboxes"][:, 2:]):
        return "bboxes", "has a box that is not x1 < x2 and y1 < y2; are they x, y, width, height?"
    if "confidences" in numbers and not np.all((numbers["confidences"] >= 0) & (numbers["confidences"] <= 1)):
        return "confidences", "has a number outside 0 to 1"
    return None


class _StoredPictures:
    """Pictures that are read one by one, each as often as it is asked for."""

    def __init__(self, file: DistrustedFile, group: h5py.Group, count: int) -> None:
        names = file.names(group)
        if set(names) != {str(number) for number in range(count)}:
            raise file.wrong(group.name, f"has {len(names)} members, expected a crop for each of {count} frame_numbers, named from 0 on")
        self._file, self._group, self._count = file, group, count
        for number in range(count):
            self._dataset(number)

    def _dataset(self, number: int) -> h5py.Dataset:
        dataset = self._file.dataset(self._group, str(number), "|u1", (None, None, 3))
        height, width, _ = dataset.shape
        if not (1 <= height <= LARGEST_SIDE_PX and 1 <= width <= LARGEST_SIDE_PX):
            raise self._file.wrong(dataset.name, f"is {height} x {width} pixels, expected sides of 1 to {LARGEST_SIDE_PX}")
        return dataset

    def __len__(self) -> int:
        return self._count

    def __getitem__(self, number: int) -> Picture:
        if not 0 <= number < self._count:
            raise IndexError(number)
        return self._file.read(self._dataset(number)).astype(np.uint8, copy=False)


@contextmanager
def open_groups(path: Path) -> Iterator[CropGroups]:
    """A file in this layout, which is distrusted: each group is checked in full when it is asked for.

    Raises `InputError` that names the file, the person and the dataset, from inside the block as well.
    """
    with opened(path) as file:
        yield CropGroups(file)
