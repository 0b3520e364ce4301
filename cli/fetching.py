"""A finished job's results, from the store to a folder."""

import asyncio
from collections.abc import Callable
from pathlib import Path

from castlist.errors import UsageError
from castlist.ports import ObjectStore
from castlist.worker.objects import VerifiedReader
from cli.output_folder import STATE_FOLDER, export
from cli.watching import JobView
from services.coordinator.algorithms.decide import Status


def files_of_job(store: ObjectStore, view: JobView) -> Callable[[str], bytes | None]:
    """Reads published files of a job that is done, by name; None for one that it has not published."""
    check_done(view)
    reader = VerifiedReader(store, Path(STATE_FOLDER))  # reads whole objects, so it keeps no copies
    refs = {item.name: item.ref for item in view.state.outputs}
    return lambda name: reader.read(refs[name]) if name in refs else None


async def fetch_results(store: ObjectStore, view: JobView, folder: Path) -> None:
    """Write what the job published. Raises `UsageError` for a job that is not done."""
    check_done(view)
    reader = VerifiedReader(store, folder / STATE_FOLDER / "cache")
    await asyncio.to_thread(export, reader, view.state.outputs, view.runs, folder)


def check_done(view: JobView) -> None:
    """Raise `UsageError` for a job that is not done."""
    state = view.state
    if state.status is not Status.DONE:
        reason = f": {state.reason}" if state.reason else ""
        raise UsageError(f"job {view.job_id} is {state.status}{reason}; `castlist watch {view.job_id}` waits for its end")
