"""Jobs as a client sees them: their logs read, or followed, and folded."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from typing import TypeVar

from castlist import topology
from castlist.codec.job_messages import decode_event, decode_request
from castlist.domain.jobs import REVISED, ObjectRef, Stage, TaskDone, TaskFailure
from castlist.errors import DependencyUnavailable, ObjectCorrupt, UsageError
from castlist.ports import LogEntry, MessageBus
from services.coordinator.algorithms.decide import JobState, fatal_failures, job_state
from services.coordinator.algorithms.ledger import Ledger

T = TypeVar("T")

_FEW_JOBS = 20
_LOOK_S = 5.0


class JobView:
    """What a client knows of a job."""

    def __init__(self, announced: LogEntry) -> None:
        self.job_id = topology.job_of_subject(announced.subject)
        self.submitted_unix_s = announced.unix_s
        self._ledger = Ledger()
        self._failed_unix_s: dict[int, float] = {}
        with suppress(ObjectCorrupt):  # the coordinator rejects it
            self._ledger.request = replace(decode_request(announced.payload), job_id=self.job_id)

    def add(self, entry: LogEntry) -> None:
        """Fold in an event; one that this version can't read is passed over, as the coordinator does."""
        with suppress(ObjectCorrupt):
            event = decode_event(entry.payload, entry.sequence)
            self._ledger.add(event)
            if isinstance(event.fact, TaskFailure):
                self._failed_unix_s[entry.sequence] = entry.unix_s

    @property
    def state(self) -> JobState:
        return job_state(self._ledger)

    @property
    def file_name(self) -> str:
        """Of the video, as its owner called it; empty for a request that can't be read."""
        return "" if self._ledger.request is None else self._ledger.request.file_name

    @property
    def until(self) -> Stage:
        """The last stage that was asked for."""
        return Stage.REPORT if self._ledger.request is None else self._ledger.request.until

    @property
    def edits(self) -> list[ObjectRef]:
        """The edits that make the present revision, in order."""
        return [self._ledger.edits[number] for number in range(1, self._ledger.revision + 1)]

    @property
    def is_compared(self) -> bool:
        """Whether it is known who is who in the present revision."""
        return self._ledger.revision in self._ledger.done[Stage.COMPARE]

    @property
    def compared_revision(self) -> int:
        """The newest revision of which it is known who is who. Raises `ValueError` if there is none."""
        return max(self._ledger.done[Stage.COMPARE])

    @property
    def was_done(self) -> bool:
        """Whether there is a result that can be edited, of this or an earlier revision."""
        return self.until in REVISED and bool(self._ledger.done[self.until])

    @property
    def runs(self) -> list[TaskDone]:
        """The runs whose results count."""
        return self._ledger.all_done()

    @property
    def fatal_failures(self) -> list[tuple[TaskFailure, float]]:
        """The failures that ended the job, with the time at which each was told, in seconds since 1970."""
        failures = fatal_failures(self._ledger)
        return [(failure, self._failed_unix_s[self._ledger.sequence_of(failure)]) for failure in failures]


async def follow_job(bus: MessageBus, job_id: str) -> AsyncIterator[JobView]:
    """The job after each of its events, until it has ended. Raises `UsageError` when there is no such job, or no more."""
    view = await _announced(bus, job_id)
    yield view
    if view.state.status.is_terminal:
        return
    async for entry in _while_announced(bus, job_id, bus.follow(topology.job_events_filter(job_id))):
        view.add(entry)
        if entry.pending == 0:
            yield view
            if view.state.status.is_terminal:
                return


async def _while_announced(bus: MessageBus, job_id: str, entries: AsyncIterator[LogEntry]) -> AsyncIterator[LogEntry]:
    """Entries, until the job was deleted, which may take its last events away unread. Raises `UsageError` then."""
    while True:
        coming = asyncio.ensure_future(anext(entries))
        try:
            while not (await asyncio.wait({coming}, timeout=_LOOK_S))[0]:
                await _check_announced(bus, job_id)
            yield coming.result()
        except StopAsyncIteration:  # the bus was closed
            return
        finally:
            coming.cancel()


async def _check_announced(bus: MessageBus, job_id: str) -> None:
    with suppress(DependencyUnavailable):  # it comes back, and the log with it
        if not await bus.count(topology.job_subject(job_id)):
            raise UsageError(f"job {job_id!r} is not on the broker any more: it was deleted, or a sweep brings it back soon")


async def read_job(bus: MessageBus, job_id: str) -> JobView:
    """The job as it stands now. Raises `UsageError` when there is no such job."""
    return await _with_events(bus, await _announced(bus, job_id))


async def read_jobs(bus: MessageBus, digest: Callable[[JobView], T], newest: int | None = None) -> list[T]:
    """What `digest` makes of each job, newest first, of the `newest` ones only if that is given.

    A few jobs are read one by one; more of them in one pass over all events, since a reader of its own costs as much as
    hundreds of events.
    """
    first: dict[str, LogEntry] = {}
    for entry in await bus.read(topology.JOBS_FILTER):
        first.setdefault(entry.subject, entry)
    views = [JobView(entry) for entry in sorted(first.values(), key=lambda entry: -entry.sequence)[:newest]]
    if len(views) <= _FEW_JOBS:
        for view in views:
            await _with_events(bus, view)
    else:
        await _add_all_events(bus, {view.job_id: view for view in views})
    return [digest(view) for view in views]


async def _add_all_events(bus: MessageBus, views: Mapping[str, JobView]) -> None:
    if not await bus.count(topology.EVENTS_FILTER):
        return
    async for entry in bus.follow(topology.EVENTS_FILTER):
        view = views.get(topology.job_of_subject(entry.subject))
        if view is not None:
            view.add(entry)
        if entry.pending == 0:
            return


async def _with_events(bus: MessageBus, view: JobView) -> JobView:
    for entry in await bus.read(topology.job_events_filter(view.job_id)):
        view.add(entry)
    return view


async def _announced(bus: MessageBus, job_id: str) -> JobView:
    if not topology.is_job_id(job_id):
        raise UsageError(f"{job_id!r} is no job id: 1 to 64 of a-z, 0-9 and hyphen")
    entries = await bus.read(topology.job_subject(job_id))
    if not entries:
        raise UsageError(f"there is no job {job_id!r} on this broker; `castlist jobs` lists those that are there")
    return JobView(entries[0])
