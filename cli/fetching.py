"""A finished job's results, from the store to a folder."""

import asyncio
from pathlib import Path

from castlist.errors import UsageError
from castlist.ports import ObjectStore
from castlist.worker.objects import VerifiedReader
from cli.output_folder import STATE_FOLDER, export
from cli.watching import JobView
from services.coordinator.algorithms.decide import Status


async def fetch_results(store: ObjectStore, view: JobView, folder: Path) -> None:
    """Write what the job published. Raises `UsageError` for a job that is not done."""
    state = view.state
    if state.status is not Status.DONE:
        reason = f": {state.reason}" if state.reason else ""
        raise UsageError(f"job {view.job_id} is {state.status}{reason}; `castlist watch {view.job_id}` waits for its end")
    reader = VerifiedReader(store, folder / STATE_FOLDER / "cache")
    await asyncio.to_thread(export, reader, state.outputs, view.runs, folder)
