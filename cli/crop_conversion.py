"""Crop files of other makers turned into ours. Runs where `cli.confined` says."""

import os
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from castlist.codec.crop_packing import pack_groups, pack_notes
from castlist.codec.crops_by_person import LayoutNotes, open_groups, write_groups
from castlist.codec.crops_hdf5 import encode_crops
from castlist.codec.legacy_crops import legacy_crops
from castlist.codec.legacy_pickle import read_pickle
from castlist.errors import InputError

THREADS = min(os.cpu_count() or 1, 8)
"""In which pictures are made and compressed."""

_LARGEST_PICKLE_BYTES = 8 << 30

Counts = Mapping[str, int]


def now() -> str:
    """ISO 8601, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def _import(source: Path, target: Path, _: int | None) -> Counts:
    with open_groups(source) as file:
        pack = pack_groups((file.group(person_id) for person_id in file.person_ids), THREADS)
        persons, notes = len(file.person_ids), pack_notes(file.notes())
    target.write_bytes(encode_crops(pack, notes))
    return {"persons": persons, "crops": len(pack.images), "persons_without_crops": persons - len(set(pack.person_ids.tolist()))}


def _convert_pickle(source: Path, target: Path, gzip_level: int | None) -> Counts:
    length = source.stat().st_size
    if length > _LARGEST_PICKLE_BYTES:
        raise InputError(f"{source.name} has {length:,} bytes; pickles of up to {_LARGEST_PICKLE_BYTES:,} are converted")
    with source.open("rb") as file:
        found = legacy_crops(read_pickle(file, source.name), source.name, length)
    written = write_groups(target, found.groups, LayoutNotes(now(), video_source=found.video_source), gzip_level, THREADS)
    return {"persons": written.persons, "crops": written.crops, "rows_without_picture": found.rows_without_picture}


WORK: Mapping[str, Callable[[Path, Path, int | None], Counts]] = {"import": _import, "convert-pickle": _convert_pickle}
