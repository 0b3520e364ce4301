"""Where a result folder's state keeps what is not published: `.castlist/stored.json`, so that later commands find it without a broker."""

from collections.abc import Iterable, Mapping
from pathlib import Path

from castlist.codec.documents import decode_json, encode_json
from castlist.domain.jobs import NamedObject, ObjectRef, Stage, TaskDone
from castlist.errors import UsageError

LISTING = "stored.json"
_STAGES = (Stage.PLAN, Stage.PICK, Stage.CAST)

Outputs = Mapping[Stage, tuple[NamedObject, ...]]
"""Outputs of a stage's one task, or of its newest revision."""


def newest_outputs(runs: Iterable[TaskDone]) -> Outputs:
    """Of the runs whose results count, those of stages that later commands read."""
    ordered = sorted((run for run in runs if run.stage in _STAGES), key=lambda run: run.index)
    return {run.stage: run.outputs for run in ordered}


def encode_listing(outputs: Outputs) -> bytes:
    return encode_json(
        {
            stage: [{"name": item.name, "key": item.ref.key, "length": item.ref.length, "sha256": item.ref.sha256} for item in items]
            for stage, items in outputs.items()
        }
    )


def read_listing(state: Path) -> Outputs:
    """The listing in a folder's state. Raises `UsageError` where there is none."""
    path = state / LISTING
    if not path.is_file():
        raise UsageError(
            f"{state.parent} does not say where its crops are: name a folder that this version of `castlist run` filled; "
            "running it again there computes nothing anew that is there already"
        )
    try:
        document = decode_json(path.read_bytes())
        return {
            Stage(stage): tuple(NamedObject(item["name"], ObjectRef(item["key"], item["length"], item["sha256"])) for item in items)
            for stage, items in document.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError) as fault:
        raise UsageError(f"{path} is damaged: run `castlist run` there again") from fault


def refs(outputs: Outputs, stage: Stage, name: str) -> tuple[ObjectRef, ...]:
    """References of a stage's outputs of a name, in order."""
    return tuple(item.ref for item in outputs.get(stage, ()) if item.name == name)
