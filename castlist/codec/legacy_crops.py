"""The two crop files of the earlier systems, out of their pickles, as groups of the layout by person.

`crops_by_person`, or that as the value of the key `crops_by_person`, is {person: {frame_numbers (N,), crops: N pictures or None,
bboxes (N, 4) or None, confidences (N,) or None}}.

`final_crops.pkl` is {person_ids, crops {person: N pictures}, metadata {person: N dictionaries}, global_metadata}; such a dictionary has
frame_number and perhaps confidence, visibility_score, quality_rank and quality_score.

N pictures are a list, an array of objects or one uint8 array (N, height, width, 3). Rows without a picture are left out, and rows are
sorted by frame.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.codec.crops_by_person import LARGEST_SIDE_PX, CropGroup, column_fault, group_name
from castlist.codec.legacy_pickle import PickledArray
from castlist.codec.pictures import Picture
from castlist.errors import InputError

_PERSON = re.compile(r"(?:person_)?(\d{1,18})")
_NOTES: Mapping[str, tuple[str, type[np.generic]]] = {
    "confidence": ("confidences", np.float32),
    "quality_rank": ("quality_ranks", np.int64),
    "quality_score": ("quality_scores", np.float64),
    "visibility_score": ("visibility_scores", np.float64),
}
_TYPES: Mapping[str, type[np.generic]] = {"frame_numbers": np.int64, "bboxes": np.float32, "confidences": np.float32}


@dataclass(frozen=True, slots=True, eq=False)
class LegacyCrops:
    """What a file holds, and how many of its rows had no picture."""

    groups: tuple[CropGroup, ...]
    video_source: str
    rows_without_picture: int


def legacy_crops(content: object, name: str, file_bytes: int) -> LegacyCrops:
    """The crops in what `read_pickle` returned. Raises `InputError` that names the person and what about it is not as documented."""
    reading = _Reading(name, file_bytes)
    if isinstance(content, dict) and {"crops", "metadata"} <= content.keys():
        groups = list(reading.final_crops(content))
        about = content.get("global_metadata")
        source = about.get("video_source") if isinstance(about, dict) else None
    else:
        inner = content.get("crops_by_person", content) if isinstance(content, dict) else None
        groups, source = list(reading.crops_by_person(inner)), None
    ordered = sorted(groups, key=lambda group: group.person_id)
    for group, other in pairwise(ordered):
        if group.person_id == other.person_id:
            raise reading.wrong(group.person_id, "is there twice")
    return LegacyCrops(tuple(ordered), source if isinstance(source, str) else "", reading.rows_without_picture)


class _Reading:
    """One file that is being read, and how much its pictures have claimed."""

    def __init__(self, name: str, file_bytes: int) -> None:
        self._name, self._file_bytes = name, file_bytes
        self._rows, self._picture_bytes = 0, 0
        self.rows_without_picture = 0

    def wrong(self, person_id: int, fault: str) -> InputError:
        return InputError(f"{self._name}: {group_name(person_id)} {fault}")

    def crops_by_person(self, content: object) -> Iterator[CropGroup]:
        for person_id, entry in self._persons(content):
            if not isinstance(entry, dict) or not {"frame_numbers", "crops"} <= entry.keys():
                raise self.wrong(person_id, "is no dictionary with frame_numbers and crops")
            named = {name: entry[name] for name in _TYPES if entry.get(name) is not None}
            columns = {name: self._column(person_id, name, value, _TYPES[name]) for name, value in named.items()}
            yield self._group(person_id, entry["crops"], columns)

    def final_crops(self, content: Mapping[object, object]) -> Iterator[CropGroup]:
        notes = dict(self._persons(content["metadata"]))
        for person_id, pictures in self._persons(content["crops"]):
            rows = notes.get(person_id)
            if not isinstance(rows, list) or not all(isinstance(row, dict) and "frame_number" in row for row in rows):
                raise self.wrong(person_id, "has no metadata: a list of dictionaries with frame_number")
            columns = {"frame_numbers": self._column(person_id, "frame_number", [row["frame_number"] for row in rows], np.int64)}
            for key, (name, kind) in _NOTES.items():
                if rows and all(key in row for row in rows):
                    columns[name] = self._column(person_id, key, [row[key] for row in rows], kind)
            yield self._group(person_id, pictures, columns)

    def _persons(self, content: object) -> Iterator[tuple[int, object]]:
        if not isinstance(content, dict):
            raise InputError(f"{self._name} holds neither crops_by_person nor final crops: no persons by number")
        for key, value in content.items():
            match = _PERSON.fullmatch(key) if isinstance(key, str) else None
            number = int(match[1]) if match else key
            if not isinstance(number, int) or isinstance(number, bool) or not 0 <= number < 10**18:
                shown = repr(key[:40]) if isinstance(key, str) else type(key).__name__
                raise InputError(f"{self._name} holds neither crops_by_person nor final crops: {shown} is no person's number")
            yield number, value

    def _group(self, person_id: int, stored: object, columns: dict[str, NDArray[Any]]) -> CropGroup:
        pictures = self._pictures(person_id, stored)
        frames = columns["frame_numbers"]
        if any(len(values) != len(pictures) for values in columns.values()):
            lengths = ", ".join(f"{len(values)} {name}" for name, values in columns.items())
            raise self.wrong(person_id, f"has {len(pictures)} crops but {lengths}")
        self._rows += len(pictures)
        if max(self._rows, self._picture_bytes) > self._file_bytes:
            raise self.wrong(person_id, "and those before it have more pictures than the file has room for: some are named again and again")
        there = np.array([picture is not None for picture in pictures], np.bool_)
        self.rows_without_picture += int(np.sum(~there))
        order = np.argsort(frames, kind="stable")
        order = order[there[order]]
        columns = {name: values[order] for name, values in columns.items()}
        fault = column_fault(columns)
        if fault is not None:
            raise self.wrong(person_id, f"{fault[0]} {fault[1]}")
        return CropGroup(
            person_id=person_id,
            frame_numbers=columns.pop("frame_numbers"),
            pictures=[picture for row in order.tolist() if (picture := pictures[row]) is not None],
            boxes=columns.pop("bboxes", None),
            confidences=columns.pop("confidences", None),
            measures=columns,
        )

    def _pictures(self, person_id: int, stored: object) -> Sequence[Picture | None]:
        if isinstance(stored, PickledArray) and stored.items() is None:
            whole = stored.array()
            if whole is None or whole.ndim != 4:
                raise self.wrong(person_id, "has crops that are no list of pictures")
            return [self._picture(person_id, picture) for picture in whole]
        items = stored.items() if isinstance(stored, PickledArray) else stored
        if not isinstance(items, list | tuple):
            raise self.wrong(person_id, "has crops that are no list of pictures")
        if len(items) > self._file_bytes:
            raise self.wrong(person_id, "has more crops than the file has room for")
        return [self._picture(person_id, item.array() if isinstance(item, PickledArray) else item) for item in items]

    def _picture(self, person_id: int, pixels: object) -> Picture | None:
        if pixels is None:
            return None
        if not isinstance(pixels, np.ndarray):
            raise self.wrong(person_id, f"has a crop that is a {type(pixels).__name__} and no array of numbers")
        if pixels.size == 0:
            return None
        if pixels.dtype != np.uint8 or pixels.ndim != 3 or pixels.shape[2] != 3 or max(pixels.shape) > LARGEST_SIDE_PX:
            raise self.wrong(person_id, f"has a crop that is {pixels.dtype} {pixels.shape}, expected uint8 (height, width, 3)")
        self._picture_bytes += pixels.nbytes
        return pixels

    def _column(self, person_id: int, name: str, value: object, kind: type[np.generic]) -> NDArray[Any]:
        try:
            numbers = _numbers(value)
        except (ValueError, OverflowError):
            numbers = None
        wanted = "iu" if kind is np.int64 else "iuf"
        dimensions = 2 if name == "bboxes" else 1
        if dimensions == 2 and numbers is not None and not numbers.size:
            return np.zeros((0, 4), kind)
        if numbers is None or (numbers.size and numbers.dtype.kind not in wanted) or numbers.ndim != dimensions:
            what = "rows of four numbers" if dimensions == 2 else "whole numbers" if kind is np.int64 else "numbers"
            raise self.wrong(person_id, f"has {name} that are no {what}")
        if dimensions == 2 and numbers.shape[1] != 4:
            raise self.wrong(person_id, f"has {name} that are no rows of four numbers")
        return numbers.astype(kind)


def _numbers(value: object) -> NDArray[Any] | None:
    """An array, a list of numbers or a list of equally long rows of numbers as an array; None for anything else."""
    if isinstance(value, PickledArray):
        items = value.items()
        return value.array() if items is None else _numbers(items)
    if not isinstance(value, list | tuple):
        return None
    if all(type(item) in (int, float) for item in value):
        return np.array(value, None if value else np.int64)
    rows = [item.array() if isinstance(item, PickledArray) else _row(item) for item in value]
    whole = [row for row in rows if row is not None and row.ndim == 1]
    return np.stack(whole) if len(whole) == len(rows) else None


def _row(item: object) -> NDArray[Any] | None:
    return np.array(item) if isinstance(item, list | tuple) and all(type(number) in (int, float) for number in item) else None
