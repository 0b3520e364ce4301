"""A job's published files in the user's folder, and `timings.json`, the only file with times of the run."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from castlist.codec.documents import decode_json, encode_json
from castlist.domain.jobs import NamedObject, TaskDone
from castlist.errors import UsageError
from castlist.ports import ObjectReader
from cli.run_speed import UNKNOWN, VideoLength, length_of, run_speed
from cli.stored_objects import LISTING, encode_listing, newest_outputs

STATE_FOLDER = ".castlist"
TIMINGS = "timings.json"
_LISTING = f"{STATE_FOLDER}/files.json"
_NOTHING_MORE: Mapping[str, bytes] = {}


def export(
    reader: ObjectReader, outputs: Iterable[NamedObject], runs: Iterable[TaskDone], folder: Path, more: Mapping[str, bytes] = _NOTHING_MORE
) -> list[str]:
    """Write the published files, `timings.json` and `more`, each whole or not at all; remove what an earlier export left.

    Returns the names written. Files that no export wrote are left alone.
    """
    before = _listed(folder)
    files = {item.name: item.ref for item in outputs}
    for name, ref in files.items():
        _write(folder / name, reader.read(ref))
    runs = tuple(runs)
    beside = {**more, TIMINGS: encode_json(timings(runs, length_of(folder)))}
    for name, data in beside.items():
        _write(folder / name, data)
    names = sorted([*files, *beside])
    for name in before - set(names):
        (folder / name).unlink(missing_ok=True)
    _write(folder / _LISTING, encode_json(names))
    _write(folder / STATE_FOLDER / LISTING, encode_listing(newest_outputs(runs)))
    return names


def remove_exported(folder: Path) -> None:
    """Remove what an earlier export wrote, so that a run that fails leaves no older results in its place."""
    for name in _listed(folder):
        (folder / name).unlink(missing_ok=True)
    (folder / _LISTING).unlink(missing_ok=True)


def timings(runs: Sequence[TaskDone], video: VideoLength = UNKNOWN) -> Mapping[str, object]:
    """When, where and at which delivery each task was done, and how fast the whole job was, where that can be told."""
    ordered = sorted(runs, key=lambda run: (run.started_unix_s, run.stage, run.index))
    started = min((run.started_unix_s for run in ordered), default=0.0)
    finished = max((run.finished_unix_s for run in ordered), default=0.0)
    return {
        "wall_seconds": finished - started,
        **run_speed(ordered, finished - started, video),
        "tasks": [
            {
                "stage": run.stage.value,
                "index": run.index,
                "worker": run.worker,
                "delivery_count": run.delivery_count,
                "reused": run.reused,
                "started_unix_seconds": run.started_unix_s,
                "seconds": run.finished_unix_s - run.started_unix_s,
            }
            for run in ordered
        ],
    }


def compare(first: Path, second: Path) -> list[str]:
    """What differs between two output folders but for `timings.json`: one line a file, empty if nothing."""
    left, right = _hashes(first), _hashes(second)
    lines = []
    for name in sorted(left | right):
        if name not in right:
            lines.append(f"only in {first}: {name}")
        elif name not in left:
            lines.append(f"only in {second}: {name}")
        elif left[name] != right[name]:
            lines.append(f"differs: {name}")
    return lines


def _hashes(folder: Path) -> dict[str, str]:
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder: name two folders that `castlist run` or `castlist fetch` filled")
    files = (path for path in folder.rglob("*") if path.is_file())
    names = {path.relative_to(folder).as_posix(): path for path in files}
    return {
        name: hashlib.sha256(path.read_bytes()).hexdigest()
        for name, path in names.items()
        if name != TIMINGS and not name.startswith(f"{STATE_FOLDER}/")
    }


def _listed(folder: Path) -> set[str]:
    listing = folder / _LISTING
    return set(decode_json(listing.read_bytes())) if listing.is_file() else set()


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.partial")
    partial.write_bytes(data)
    partial.replace(path)
