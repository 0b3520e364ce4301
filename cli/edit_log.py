"""The way of an edit into a job's log: stored first, then announced; of two editors one is told to look again."""

import asyncio
import hashlib
from collections.abc import Callable
from pathlib import Path

from castlist import topology
from castlist.codec.edits import encode_edit
from castlist.codec.job_messages import decode_event, encode_fact
from castlist.domain.edits import Edit
from castlist.domain.jobs import REVISED, ObjectRef, ResultEdited
from castlist.errors import AlreadyExists, UsageError
from castlist.ports import MessageBus, ObjectStore
from castlist.worker.objects import VerifiedReader
from cli.desk import Desk, set_desk
from cli.edit_requests import Asked
from cli.watching import JobView, follow_job, read_job
from services.coordinator.algorithms.decide import Status

MOST_EDITS = 2_000
"""The task that applies them names them all, in one message of `topology.MAX_MESSAGE_BYTES` at most."""

_WHY_NOT = {
    Status.WAITING: "it has not begun; `castlist watch` waits for its end",
    Status.RUNNING: "it is not done; `castlist watch` waits for its end",
    Status.FAILED: "it failed; `castlist retry` lets it go on",
    Status.REJECTED: "its request was rejected",
    Status.CANCELLED: "it was cancelled",
}


async def edit_job(
    bus: MessageBus, store: ObjectStore, job_id: str, ask: Callable[[Desk], Asked], expected_revision: int | None = None
) -> tuple[str, int]:
    """Make one edit; returns what it did in words, and its number, which is the revision that it makes.

    Raises `UsageError` for what can't be done, and where another editor came first, or the job is not at the expected revision.
    """
    view = await _compared(bus, job_id, expected_revision)
    revision = view.state.revision
    desk = await asyncio.to_thread(set_desk, view, VerifiedReader(store, Path()))
    edit, words = ask(desk)
    await announce_edit(bus, store, job_id, revision + 1, edit)
    return words, revision + 1


async def announce_edit(bus: MessageBus, store: ObjectStore, job_id: str, number: int, edit: Edit) -> None:
    """Store an edit, then announce it under its number. Raises `UsageError` if another one has that number."""
    data = encode_edit(edit)
    sha256 = hashlib.sha256(data).hexdigest()
    ref = ObjectRef(topology.edit_key(job_id, number, sha256), len(data), sha256)
    if await asyncio.to_thread(store.stat, topology.tombstone_key(job_id)) is not None:
        raise UsageError(f"job {job_id} was deleted")
    await asyncio.to_thread(store.put, ref.key, data)
    subject = topology.event_subject(job_id, "job", number)
    try:
        await bus.append(subject, encode_fact(job_id, ResultEdited(number, ref)), only_first=True)
    except AlreadyExists:
        first = (await bus.read(subject))[0]
        if decode_event(first.payload, first.sequence).fact == ResultEdited(number, ref):
            return  # the same edit, asked for twice at once, or announced by a sweep that was faster
        await asyncio.to_thread(store.put, ref.key, b"")
        raise _look_again(job_id, (await read_job(bus, job_id)).state.revision) from None


async def _compared(bus: MessageBus, job_id: str, expected_revision: int | None) -> JobView:
    """The job, as soon as its present revision is compared or has failed. Raises `UsageError` for one that can't be edited."""
    view = await read_job(bus, job_id)
    state = view.state
    if len(view.edits) >= MOST_EDITS:
        raise UsageError(f"job {job_id} has {MOST_EDITS} edits, as many as a job can have; submit the video again")
    can_be = state.status is Status.DONE or (state.status in (Status.RUNNING, Status.FAILED) and view.was_done)
    if not can_be:
        raise UsageError(f"job {job_id} can't be edited: {_WHY_NOT[state.status]}")
    if view.until not in REVISED:
        raise UsageError(f"job {job_id} can't be edited: nobody is compared, as it ends with {view.until}; run it to its end")
    if expected_revision not in (None, state.revision):
        raise _look_again(job_id, state.revision)
    if not view.is_compared and state.status is Status.RUNNING:
        async for later in follow_job(bus, job_id):
            view = later
            if view.is_compared:
                break
    return view


def _look_again(job_id: str, revision: int) -> UsageError:
    return UsageError(f"look again: job {job_id} was edited meanwhile, its revision is now {revision}; nothing was changed")
