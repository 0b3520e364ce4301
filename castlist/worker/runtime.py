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
from dataclasses import dataclass, replace
from typing import TypeVar

from castlist import topology
from castlist.codec.job_messages import decode_task, encode_fact
from castlist.domain.jobs import Fact, FailureKind, Stage, Task, TaskDone, TaskFailure
from castlist.errors import DependencyUnavailable, InputError, JobDeleted, NotReadyForTask, ObjectCorrupt, TaskFailed
from castlist.ports import Delivery, MessageBus
from castlist.worker.execution import Executor
from castlist.worker.memory import return_free_memory, share_heaps

log = logging.getLogger("castlist.worker")

T = TypeVar("T")

TRIES = 3
"""Deliveries after which a failing task is no longer handed back: the job ends, or the sweeper brings it again."""

SETTLE_TRIES = 3
"""A broker that lost its memory never confirms; what was announced is kept all the same."""


@dataclass(frozen=True, slots=True)
class Work:
    """A stage that a worker does, and how many of its tasks at a time."""

    stage: Stage
    executor: Executor
    slots: int = 1


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds between heartbeats, of one wait for a task, before a down dependency is tried again, and
    before the first retry of a failing task, which doubles with each delivery.
    """

    heartbeat_s: float = 20.0
    fetch_s: float = 1.0
    dependency_retry_s: float = 1.0
    task_retry_s: float = 2.0


class Worker:
    """Runs the slots of some stages until told to stop; then finishes what is in hand."""

    def __init__(self, bus: MessageBus, works: Sequence[Work], timing: Timing = Timing()) -> None:
        self._bus = bus
        self._works = works
        self._timing = timing
        self._name = f"{socket.gethostname()}:{os.getpid()}"
        share_heaps()
        self._threads = ThreadPoolExecutor(sum(work.slots for work in works), "castlist-task")

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set and every slot has finished its task."""
        try:
            async with asyncio.TaskGroup() as slots:
                for work in self._works:
                    for _ in range(work.slots):
                        slots.create_task(self._slot(work, stop))
        finally:
            self._threads.shutdown(wait=False)

    async def _slot(self, work: Work, stop: asyncio.Event) -> None:
        while not stop.is_set():
            try:
                delivery = await self._bus.fetch_task(work.stage, self._timing.fetch_s)
            except DependencyUnavailable as error:
                log.warning("no task can be fetched: %s", error, extra={"stage": work.stage})
                await asyncio.sleep(self._timing.dependency_retry_s)
                continue
            if delivery is not None:
                await self._process(work, delivery)

    async def _process(self, work: Work, delivery: Delivery) -> None:
        heartbeat = asyncio.create_task(self._heartbeat(delivery))
        try:
            await self._handle(work, delivery)
        except asyncio.CancelledError:
            with suppress(DependencyUnavailable):
                await delivery.nak(0)
            raise
        finally:
            heartbeat.cancel()

    async def _handle(self, work: Work, delivery: Delivery) -> None:
        try:
            task = decode_task(delivery.payload)
        except ObjectCorrupt:
            log.exception("a task that can't be read is dropped", extra={"subject": delivery.subject})
            await delivery.ack()
            return
        context = {"job_id": task.job_id, "stage": task.stage, "index": task.index, "delivery": delivery.delivery_count}
        try:
            done = await self._compute(work, task, delivery)
        except NotReadyForTask as error:
            log.warning("not ready for this task: %s", error, extra=context)
            await self._hand_back(task, delivery, FailureKind.TASK, str(error))
        except JobDeleted as error:
            log.info("dropped: %s", error, extra=context)
            await self._settle(delivery.ack)
        except InputError as error:
            await self._announce(task, delivery, _failure(task, delivery, FailureKind.INPUT, str(error), permanent=True))
        except TaskFailed as error:
            await self._announce(task, delivery, _failure(task, delivery, FailureKind.TASK, str(error), permanent=True))
        except Exception as error:
            log.exception("the task failed", extra=context)
            await self._hand_back(task, delivery, FailureKind.BUG, f"unexpected {type(error).__name__}: {error}")
        else:
            await self._announce(task, delivery, done)
            log.info("task done", extra=context | {"reused": done.reused, "seconds": round(done.finished_unix_s - done.started_unix_s, 3)})

    async def _compute(self, work: Work, task: Task, delivery: Delivery) -> TaskDone:
        """Compute in a thread. While a dependency is down the task is kept, not handed back, so no delivery is burned."""
        started = time.time()

        async def attempt() -> TaskDone:
            return await asyncio.get_running_loop().run_in_executor(self._threads, _execute, work.executor, task)

        done = await self._when_up(attempt)
        return replace(
            done,
            delivery_count=delivery.delivery_count,
            worker=self._name,
            started_unix_s=started,
            finished_unix_s=time.time(),
        )

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
        await self._when_up(lambda: self._bus.append(subject, payload))

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


def _execute(executor: Executor, task: Task) -> TaskDone:
    try:
        return executor.execute(task)
    finally:
        return_free_memory()
