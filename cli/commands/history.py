"""`castlist history`: a job's edits, and which of them stand."""

import asyncio
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.bootstrap import client_environment, connect_store, connected_bus
from castlist.codec.documents import encode_json
from castlist.domain.edits import Edit, Redo, Standing, Undo, after, standing_after
from castlist.ports import MessageBus, ObjectStore
from castlist.worker.objects import VerifiedReader
from cli.columns import table
from cli.desk import read_edits
from cli.exit_codes import DONE
from cli.folder_state import stored_request
from cli.output_folder import STATE_FOLDER
from cli.submitting import announce
from cli.watching import read_job
from services.coordinator.restoring import restore_edits


def execute(options: Namespace) -> int:
    """List them, as a table or as JSON."""
    folder = Path(options.job)
    lines = asyncio.run(_of_folder(folder) if folder.is_dir() else _of_job(options.job))
    if options.json:
        print(encode_json(lines).decode(), end="")
    else:
        print(_as_table(lines))
    return DONE


async def _of_job(job_id: str) -> list[dict[str, Any]]:
    environment = client_environment()
    async with connected_bus(environment) as bus:
        return await history(bus, connect_store(environment), job_id)


async def _of_folder(folder: Path) -> list[dict[str, Any]]:
    store, bus = DirectoryStore(folder / STATE_FOLDER), MemoryBus()
    request = stored_request(store, folder)
    await restore_edits(bus, store, request.job_id)
    await announce(bus, request)
    return await history(bus, store, request.job_id)


async def history(bus: MessageBus, store: ObjectStore, job_id: str) -> list[dict[str, Any]]:
    """What the list says of each edit, in order: number, words, whether it stands, when it was stored."""
    view = await read_job(bus, job_id)
    edits = await asyncio.to_thread(read_edits, view, VerifiedReader(store, Path()))
    stored = [await asyncio.to_thread(store.stat, ref.key) for ref in view.edits]
    whens = [None if info is None else datetime.fromtimestamp(info.stored_unix_s, UTC).isoformat(timespec="seconds") for info in stored]
    standing = standing_after(edits)
    return [
        {"number": number, "edit": words(edits, number), "state": _state(edits, number, standing), "stored": when}
        for number, when in enumerate(whens, start=1)
    ]


def words(edits: tuple[Edit, ...], number: int) -> str:
    """An edit in a few words; an undo or redo says of what."""
    edit, before = edits[number - 1], standing_after(edits[: number - 1])
    if not isinstance(edit, Undo | Redo):
        return str(edit)
    now = after(before, number, edit)
    moved = set(before.done) ^ set(now.done)
    target = next(iter(moved), None)
    if target is None:
        return f"{edit} (nothing was left)"
    return f"{edit}: the automatic merge" if target == 0 else f"{edit} of {target}: {edits[target - 1]}"


def _state(edits: tuple[Edit, ...], number: int, standing: Standing) -> str:
    if isinstance(edits[number - 1], Undo | Redo):
        return ""
    if number in standing.done:
        return "stands"
    return "undone, `castlist redo` brings it back" if standing.undone[-1:] == (number,) else "undone"


def _as_table(lines: list[dict[str, Any]]) -> str:
    if not lines:
        return "no edits; the report is revision 0"
    rows = [(line["number"], line["stored"] or "", line["edit"], line["state"]) for line in lines]
    return table(("REVISION", "STORED", "EDIT", ""), rows)
