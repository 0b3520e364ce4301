"""The coordinator's shell: reads the logs, lets `decide` decide, publishes what is outstanding.

Keeps nothing that a replay can't rebuild, so any number of coordinators may run at once.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Iterable
from contextlib import aclosing
from dataclasses import replace

from castlist import __version__, topology
from castlist.codec.job_messages import decode_event, decode_request, decode_task, encode_fact, encode_task
from castlist.codec.presence import encode_presence
from castlist.domain.jobs import Event, Fact, FailureKind, JobRejected, TaskFailure
from castlist.domain.presence import Presence
from castlist.errors import DependencyUnavailable, LogRestarted, ObjectCorrupt
from castlist.logs import bound
from castlist.measures import DEAD_TASKS, JOBS_ENDED, REPUBLISHED, UNMEASURED, Measures
from castlist.ports import LogEntry, MessageBus, ObjectStore
from castlist.traces import context_in
from services.coordinator.algorithms.asked_tasks import AskedTasks
from services.coordinator.algorithms.decide import Decision, Status, decide
from services.coordinator.algorithms.ledger import Ledger
from services.coordinator.algorithms.wiring import WINDOWED, fair_window, released
from services.coordinator.bursts import bursts
from services.coordinator.deletion import EVERYTHING_IS_KEPT, Deletions, Lifetimes
from services.coordinator.releasing import Releases
from services.coordinator.restoring import Restoring

log = logging.getLogger("castlist.coordinator")

Loop = Callable[[], Awaitable[None]]

RETRY_S = 1.0

SIDE_BY_SIDE = 64
"""Events that are folded in before jobs are decided on again, and jobs that are decided on at a time."""


class Coordinator:
    """Holds a ledger for every live job; a finished job's ledger is dropped and rebuilt if its log grows again."""

    def __init__(
        self,
        bus: MessageBus,
        store: ObjectStore,
        sweep_s: float = 30.0,
        measures: Measures = UNMEASURED,
        lifetimes: Lifetimes = EVERYTHING_IS_KEPT,
    ) -> None:
        self._bus = bus
        self._store = store
        self._sweep_s = sweep_s
        self._measures = measures
        self._lifetimes = lifetimes
        self._deletions = Deletions(bus, store, lifetimes.tombstone_s)
        self._restoring = Restoring(bus, store)
        self._releases = Releases(store)
        self._to_delete: asyncio.Queue[str] = asyncio.Queue()
        self._ended_unix_s: dict[str, float] = {}
        self._started_unix_s = time.time()
        self._read_up_to = dict.fromkeys((topology.JOBS_STREAM, topology.EVENTS_STREAM), 0)
        self._ledgers: dict[str, Ledger] = {}
        self._asked = AskedTasks()
        self._sharing: set[str] = set()
        self._known_jobs: set[str] = set()
        self._one_at_a_time = asyncio.Lock()

    async def run(self, stop: asyncio.Event) -> None:
        """Coordinate until `stop` is set."""
        async with self._bus.answering(self._presence):
            await self._work(stop)

    def _presence(self) -> bytes:
        process = f"{socket.gethostname()}:{os.getpid()}"
        return encode_presence(Presence("coordinator", process, __version__, self._started_unix_s, read_up_to=self._read_up_to))

    async def _work(self, stop: asyncio.Event) -> None:
        follow = (self._follow_jobs, self._follow_events)
        chores = (self._bury_dead_tasks, self._delete_jobs, self._releases.carry_out, self._sweep)
        loops = [asyncio.create_task(self._forever(loop)) for loop in (*follow, *chores)]
        stopped = asyncio.create_task(stop.wait())
        try:
            finished, _ = await asyncio.wait([*loops, stopped], return_when=asyncio.FIRST_COMPLETED)
            for task in finished - {stopped}:
                task.result()
        finally:
            for task in (*loops, stopped):
                task.cancel()
            await asyncio.gather(*loops, stopped, return_exceptions=True)

    async def _forever(self, loop: Loop) -> None:
        while True:
            try:
                await loop()
            except DependencyUnavailable as error:
                log.warning("waiting for a dependency: %s", error)
            except LogRestarted as error:
                log.warning("replaying all jobs: %s", error)
                self._ledgers.clear()
                self._asked.forget_all()
                self._restoring.forget_all()
                self._sharing.clear()
            await asyncio.sleep(RETRY_S)

    async def _follow_jobs(self) -> None:
        self._known_jobs.clear()
        async with aclosing(bursts(self._bus.follow(topology.JOBS_FILTER), SIDE_BY_SIDE)) as told:
            async for entries in told:
                for job_id in _jobs_of(entries):
                    if job_id in self._known_jobs:  # deleted, and its id used again before this coordinator knew
                        await self._forget(job_id)
                    self._known_jobs.add(job_id)
                await self._consider(*_jobs_of(entries))
                self._read_up_to[topology.JOBS_STREAM] = entries[-1].sequence

    async def _follow_events(self) -> None:
        await self._consider(*self._known_jobs)
        replaying = True
        async with aclosing(bursts(self._bus.follow(topology.EVENTS_FILTER), SIDE_BY_SIDE)) as told:
            async for entries in told:
                for entry in entries:
                    await self._add(topology.job_of_subject(entry.subject), entry)
                if replaying and entries[-1].pending > 0:
                    continue
                await self._consider(*(self._ledgers if replaying else _jobs_of(entries)))
                replaying = False
                self._read_up_to[topology.EVENTS_STREAM] = entries[-1].sequence

    async def _bury_dead_tasks(self) -> None:
        while True:
            dead = await self._bus.fetch_dead_task(timeout_s=5.0)
            if dead is None:
                continue
            task = decode_task(dead.payload)
            self._measures.count(DEAD_TASKS, stage=task.stage)
            log.error("a task was given up", extra={"job_id": task.job_id, "stage": task.stage, "index": task.index})
            reason = (
                f"{task.stage} task {task.index} was given to workers {dead.delivery_count} times and none finished it: "
                "each crashed, was killed or hung; see the workers' logs, then retry the job"
            )
            failure = TaskFailure(
                task.stage, task.index, task.attempt, dead.delivery_count, FailureKind.DEAD_LETTER, permanent=True, reason=reason
            )
            await self._append(task.job_id, task.stage, task.index, failure)

    async def _delete_jobs(self) -> None:
        """Delete jobs that have a tombstone, one after the other; what is not done here is done at a later sweep."""
        while True:
            job_id = await self._to_delete.get()
            with bound(job_id=job_id):
                await self._deletions.carry_out(job_id, self._forget)

    async def _forget(self, job_id: str) -> None:
        async with self._one_at_a_time:
            self._asked.forget(job_id)
            for known in (self._ledgers, self._ended_unix_s):
                known.pop(job_id, None)
            for jobs in (self._known_jobs, self._sharing):
                jobs.discard(job_id)

    async def _sweep(self) -> None:
        """Bring back what the broker forgot: requests, edits and tasks that are not queued any more. Delete what is to go."""
        await self._expire()
        for job_id in filter(self._deletions.is_due, await self._deletions.standing()):
            self._to_delete.put_nowait(job_id)
        stored = await asyncio.to_thread(lambda: list(filter(topology.is_job_id, self._store.list_folders("jobs/"))))
        for job_id in [name for name in stored if name not in self._known_jobs]:
            left_unix_s = await self._restoring.request(job_id)
            if left_unix_s is not None:
                self._ended_unix_s[job_id] = left_unix_s
        await self._restoring.edits(self._known_jobs.intersection(stored))
        self._asked.end_generation()
        await self._consider(*self._ledgers)
        await asyncio.sleep(self._sweep_s)

    async def _expire(self) -> None:
        """Delete jobs that ended, and leftovers that came, longer ago than what is kept."""
        if self._lifetimes.retention_s is None:
            return
        oldest_unix_s = time.time() - self._lifetimes.retention_s
        candidates = [name for name, ended_unix_s in self._ended_unix_s.items() if ended_unix_s < oldest_unix_s]
        for job_id in candidates:
            await self._consider(job_id)  # it may have begun, or gone on, since
            if self._ended_unix_s.get(job_id, oldest_unix_s) >= oldest_unix_s:
                continue
            log.info("a job is deleted for its age", extra={"job_id": job_id})
            await self._deletions.ask_for(job_id)
            self._to_delete.put_nowait(job_id)

    async def _add(self, job_id: str, entry: LogEntry) -> None:
        async with self._one_at_a_time:
            ledger = self._ledgers.get(job_id)
            with bound(job_id=job_id):
                event = _event(entry)
            if ledger is None:
                self._ended_unix_s[job_id] = entry.unix_s
            elif event is not None:
                _fold(ledger, event, entry)

    async def _consider(self, *job_ids: str) -> None:
        """Decide on jobs, `SIDE_BY_SIDE` at a time: most of the time goes into waiting for the broker."""
        each_once = list(dict.fromkeys(job_ids))
        for start in range(0, len(each_once), SIDE_BY_SIDE):
            some = each_once[start : start + SIDE_BY_SIDE]
            async with self._one_at_a_time:  # a ledger loaded beside a growing log would miss what came meanwhile
                outcomes = await asyncio.gather(*map(self._consider_one, some), return_exceptions=True)
            for fault in filter(None, outcomes):
                raise fault

    async def _consider_one(self, job_id: str) -> None:
        with bound(job_id=job_id):
            await self._decide(job_id)

    async def _decide(self, job_id: str) -> None:
        ledger = self._ledgers.get(job_id) or await self._load(job_id)
        decision = decide(ledger, fair_window(len(self._sharing) + (job_id not in self._sharing)))
        if decision.rejection is not None:
            await self._append(job_id, "job", 0, JobRejected(decision.rejection))
        if ledger.request is None or decision.status.is_terminal:
            if job_id in self._ledgers:
                log.info("the job ended", extra={"status": decision.status})
                self._measures.count(JOBS_ENDED, status=decision.status)
            await self._close(job_id)
            if ledger.told_unix_s:
                self._ended_unix_s[job_id] = ledger.told_unix_s
            if ledger.request is None or decision.status is Status.CANCELLED:
                self._to_delete.put_nowait(job_id)  # if it has a tombstone: whoever deletes a job cancels it
        else:
            self._ended_unix_s.pop(job_id, None)
            if job_id not in self._ledgers:
                log.info("the job is followed", extra={"status": decision.status})
            self._ledgers[job_id] = ledger
            await self._publish(job_id, decision)
            self._releases.ask_for(job_id, released(ledger))

    async def _load(self, job_id: str) -> Ledger:
        ledger = Ledger()
        for entry in await self._bus.read(topology.job_events_filter(job_id)):
            event = _event(entry)
            if event is not None:
                _fold(ledger, event, entry)
        for entry in (await self._bus.read(topology.job_subject(job_id)))[:1]:
            try:
                ledger.trace = context_in(entry.headers)
                ledger.request = replace(decode_request(entry.payload), job_id=job_id)  # the subject was checked for uniqueness
            except ObjectCorrupt as error:
                if ledger.rejection is None:
                    await self._append(job_id, "job", 0, JobRejected(f"the request can't be read: {error}"))
        return ledger

    async def _publish(self, job_id: str, decision: Decision) -> None:
        tasks = {topology.task_subject(task.stage, job_id, task.index): task for task in decision.tasks}
        new = self._asked.unasked(job_id, tasks)
        if any(task.stage in WINDOWED for task in decision.tasks):  # known before the next job is decided on
            self._sharing.add(job_id)
        else:
            self._sharing.discard(job_id)
        trace = self._ledgers[job_id].trace
        queued = await asyncio.gather(*(self._bus.publish_task(subject, encode_task(tasks[subject]), trace) for subject in new))
        for subject, was_missing in zip(new, queued, strict=True):
            if was_missing and self._asked.was_asked_before(job_id, subject):
                self._measures.count(REPUBLISHED, stage=tasks[subject].stage)
        self._asked.note(job_id, new)

    async def _close(self, job_id: str) -> None:
        if self._ledgers.pop(job_id, None) is not None:
            await self._bus.discard_tasks(job_id)
        self._asked.forget(job_id)
        self._releases.forget(job_id)
        self._sharing.discard(job_id)

    async def _append(self, job_id: str, stage: str, index: int, fact: Fact) -> None:
        await self._bus.append(topology.event_subject(job_id, stage, index), encode_fact(job_id, fact))


def _jobs_of(entries: Iterable[LogEntry]) -> list[str]:
    return [topology.job_of_subject(entry.subject) for entry in entries]


def _fold(ledger: Ledger, event: Event, entry: LogEntry) -> None:
    ledger.add(event)
    ledger.told_unix_s = max(ledger.told_unix_s, entry.unix_s)


def _event(entry: LogEntry) -> Event | None:
    try:
        return decode_event(entry.payload, entry.sequence)
    except ObjectCorrupt:
        log.exception("an event that can't be read is passed over", extra={"subject": entry.subject})
        return None
