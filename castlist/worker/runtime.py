"""The asynchronous half of a worker: takes tasks, keeps them, announces results, acknowledges last.

Order for every task: data stored, manifest stored, event appended, task acknowledged. A worker that dies
anywhere leaves a task that another one finishes with the same bytes.
"""

import asyncio
import logging
import os
import socket
import time
from collections.abc import Awaitable, Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from contextvars import copy_context
from dataclasses import dataclass, replace
from functools import partial
from typing import TypeVar

from castlist import __version__, topology
from castlist.codec.job_messages import decode_task, encode_fact
from castlist.codec.presence import encode_presence
from castlist.domain.jobs import Fact, FailureKind, Stage, Task, TaskDone, TaskFailure
from castlist.domain.presence import Presence, TaskInHand
from castlist.domain.video import ModelChoice
from castlist.errors import (
    AccessDenied,
    DependencyUnavailable,
    InputError,
    InputReleased,
    JobDeleted,
    NotReadyForTask,
    ObjectCorrupt,
    TaskFailed,
)
from castlist.logs import bound
from castlist.measures import PROCESS_DURATION, UNMEASURED, Measures, message_labels, timed
from castlist.ports import Delivery, MessageBus
from castlist.traces import UNTRACED, Tracer
from castlist.worker.execution import NO_JOB, Executor
from castlist.worker.figures import WorkerFigures
from castlist.worker.memory import SpareMemory, share_heaps
from castlist.worker.spans import task_span
from castlist.worker.stopping import unless_stopped
from castlist.worker.vitals import TaskThreads

log = logging.getLogger("castlist.worker")

T = TypeVar("T")

TRIES = 3
"""Deliveries after which a failing task is no longer handed back: the job ends, or the sweeper brings it again."""

WarmUp = Callable[[], ModelChoice | None]
"""Loads what the first task will most likely need and uses it once; says which model that was."""

SETTLE_TRIES = 3
"""A broker that lost its memory never confirms; what was announced is kept all the same."""

HAND_OVER_S = 2.0
"""Time for telling the broker that a task goes back."""


@dataclass(frozen=True, slots=True)
class Work:
    """A stage that a worker does, and how many of its tasks at a time."""

    stage: Stage
    executor: Executor
    slots: int = 1


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds between heartbeats, of one wait for a task, before a down dependency is tried again,
    before the first retry of a failing task, which doubles with each delivery, and that tasks in hand are given to end.
    """

    heartbeat_s: float = 20.0
    fetch_s: float = 1.0
    dependency_retry_s: float = 1.0
    task_retry_s: float = 2.0
    stop_grace_s: float = 20.0


class Worker:
    """Runs the slots of some stages until told to stop; then finishes what is in hand."""

    def __init__(
        self,
        bus: MessageBus,
        works: Sequence[Work],
        timing: Timing = Timing(),
        warm_up: WarmUp = lambda: None,
        measures: Measures = UNMEASURED,
        service: str = "worker",
        tracer: Tracer = UNTRACED,
    ) -> None:
        self._bus = bus
        self._works = works
        self._timing = timing
        self._warm_up = warm_up
        self._measures = measures
        self._tracer = tracer
        self._figures = WorkerFigures(measures, {work.stage: work.slots for work in works})
        self._computing = TaskThreads()
        self._service = service
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        self._started_unix_s = time.time()
        self._in_hand: dict[str, TaskInHand] = {}
        self._memory = SpareMemory()
        share_heaps()
        self._threads = ThreadPoolExecutor(sum(work.slots for work in works), "castlist-task")

    async def check_rights(self) -> None:
        """Raise `AccessDenied` if broker or store refuse what tasks will need: better now than with a task in hand."""
        for work in self._works:
            await self._when_up(partial(self._bus.check_append, topology.event_subject(NO_JOB, work.stage, 0)))
            await self._when_up(partial(asyncio.to_thread, work.executor.check_rights, work.stage))

    async def warm_up(self) -> None:
        """Load what the first task will most likely need, and use it once. Raises what a task would raise."""
        model = await asyncio.get_running_loop().run_in_executor(self._threads, self._warm_up)
        if model is not None:
            self._figures.warm(model)
            log.info("warm", extra={"model": model.name, "sha256": model.sha256, "runtime": model.runtime})

    def stuck(self) -> str:
        """Which task in hand gets on no more, empty if none."""
        return self._computing.fault()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; then finish what is in hand, for `stop_grace_s` at most, and hand back the rest.

        A thread whose task was handed back goes on until the process ends; it harms nothing.
        """
        async with self._bus.answering(self._presence):
            await self._work(stop)

    def _presence(self) -> bytes:
        slots = {work.stage.value: work.slots for work in self._works}
        in_hand = tuple(self._in_hand.values())
        return encode_presence(Presence(self._service, self._name, __version__, self._started_unix_s, slots, in_hand))

    async def _work(self, stop: asyncio.Event) -> None:
        slots = [asyncio.create_task(self._slot(work, stop)) for work in self._works for _ in range(work.slots)]
        stopped = asyncio.create_task(stop.wait())
        try:
            await asyncio.wait({*slots, stopped}, return_when=asyncio.FIRST_COMPLETED)
            if stop.is_set():
                await asyncio.wait(slots, timeout=self._timing.stop_grace_s, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            for task in (*slots, stopped):
                task.cancel()
            ends = await asyncio.gather(*slots, return_exceptions=True)
            self._threads.shutdown(wait=False)
        for end in ends:
            if isinstance(end, Exception):
                raise end

    async def _slot(self, work: Work, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                delivery = await unless_stopped(stop, self._bus.fetch_task(work.stage, self._timing.fetch_s))
            except DependencyUnavailable as error:
                log.warning("no task can be fetched: %s", error, extra={"stage": work.stage})
                await unless_stopped(stop, asyncio.sleep(self._timing.dependency_retry_s))
                continue
            if delivery is not None:
                await (_hand_over(delivery) if stop.is_set() else self._process(work, delivery))
            elif not self._in_hand:
                self._memory.nobody_works()

    async def _process(self, work: Work, delivery: Delivery) -> None:
        try:
            task = decode_task(delivery.payload)
        except ObjectCorrupt:
            log.exception("a task that can't be read is dropped", extra={"subject": delivery.subject})
            await delivery.ack()
            return
        context = bound(job_id=task.job_id, stage=task.stage, index=task.index, delivery=delivery.delivery_count)
        with context, self._figures.in_hand(task.stage, delivery), task_span(self._tracer, task, delivery):
            heartbeat = asyncio.create_task(self._heartbeat(delivery))
            self._in_hand[delivery.subject] = TaskInHand(task.job_id, task.stage, task.index, time.time())
            try:
                await self._handle(work, task, delivery)
            except asyncio.CancelledError:
                log.warning("the task is handed back unfinished")
                await _hand_over(delivery)
                raise
            finally:
                heartbeat.cancel()
                self._in_hand.pop(delivery.subject, None)

    async def _handle(self, work: Work, task: Task, delivery: Delivery) -> None:
        try:
            with timed(self._measures, PROCESS_DURATION, **message_labels("process", delivery.subject)):
                done = await self._compute(work, task, delivery)
        except (NotReadyForTask, AccessDenied) as error:
            log.warning("not ready for this task: %s", error)
            await self._hand_back(task, delivery, FailureKind.TASK, str(error))
        except JobDeleted as error:
            log.info("dropped: %s", error)
            await self._settle(delivery.ack)
        except InputError as error:
            await self._announce(task, delivery, _failure(task, delivery, FailureKind.INPUT, str(error), permanent=True))
        except TaskFailed as error:
            await self._announce(task, delivery, _failure(task, delivery, FailureKind.TASK, str(error), permanent=True))
        except InputReleased as error:
            await self._announce(task, delivery, _failure(task, delivery, FailureKind.RELEASED, str(error), permanent=True))
        except Exception as error:
            log.exception("the task failed")
            await self._hand_back(task, delivery, FailureKind.BUG, f"unexpected {type(error).__name__}: {error}")
        else:
            await self._announce(task, delivery, done)
            self._figures.done(done)
            log.info("task done", extra={"reused": done.reused, "seconds": round(done.finished_unix_s - done.started_unix_s, 3)})

    async def _compute(self, work: Work, task: Task, delivery: Delivery) -> TaskDone:
        """Compute in a thread. While a dependency is down the task is kept, not handed back, so no delivery is burned."""
        started = time.time()

        async def attempt() -> TaskDone:
            return await asyncio.get_running_loop().run_in_executor(self._threads, copy_context().run, self._execute, work.executor, task)

        done = await self._when_up(attempt)
        return replace(
            done,
            delivery_count=delivery.delivery_count,
            worker=self._name,
            started_unix_s=started,
            finished_unix_s=time.time(),
        )

    def _execute(self, executor: Executor, task: Task) -> TaskDone:
        try:
            with self._computing.computing(f"{task.stage} task {task.index} of job {task.job_id}"):
                return executor.execute(task)
        finally:
            self._memory.task_ended()

    async def _announce(self, task: Task, delivery: Delivery, fact: Fact) -> None:
        await self._append(task, fact)
        await self._settle(delivery.ack)

    async def _hand_back(self, task: Task, delivery: Delivery, kind: FailureKind, reason: str) -> None:
        """Try again later. A bug counts at each try; that nobody is ready ends the job only at the last one."""
        last = delivery.delivery_count >= TRIES
        if kind is FailureKind.BUG or last:
            await self._append(task, _failure(task, delivery, kind, reason, permanent=last and kind is not FailureKind.BUG))
        if last:
            await self._settle(delivery.ack)
        else:
            delay_s = min(self._timing.task_retry_s * 2 ** (delivery.delivery_count - 1), 60.0)
            await self._settle(lambda: delivery.nak(delay_s))

    async def _append(self, task: Task, fact: Fact) -> None:
        subject = topology.event_subject(task.job_id, task.stage, task.index)
        payload = encode_fact(task.job_id, fact)
        await self._when_up(lambda: self._bus.append(subject, payload, headers=self._tracer.headers()))

    async def _when_up(self, call: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await call()
            except DependencyUnavailable as error:
                log.warning("waiting for a dependency: %s", error)
                await asyncio.sleep(self._timing.dependency_retry_s)

    async def _settle(self, call: Callable[[], Awaitable[None]]) -> None:
        """Acknowledge or hand back, if the broker still knows of the delivery; else it delivers again, which is harmless."""
        for _ in range(SETTLE_TRIES):
            try:
                return await call()
            except DependencyUnavailable as error:
                log.warning("the task can't be settled: %s", error)
                await asyncio.sleep(self._timing.dependency_retry_s)
        return None

    async def _heartbeat(self, delivery: Delivery) -> None:
        while True:
            await asyncio.sleep(self._timing.heartbeat_s)
            try:
                await delivery.in_progress()
            except DependencyUnavailable as error:
                log.warning("no heartbeat: %s", error)


def _failure(task: Task, delivery: Delivery, kind: FailureKind, reason: str, *, permanent: bool) -> TaskFailure:
    return TaskFailure(task.stage, task.index, task.attempt, delivery.delivery_count, kind, permanent, reason)


async def _hand_over(delivery: Delivery) -> None:
    """Let another worker have a task at once, if the broker hears of it in time."""
    with suppress(DependencyUnavailable, TimeoutError):
        async with asyncio.timeout(HAND_OVER_S):
            await delivery.nak(0)
