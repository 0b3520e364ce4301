"""The message bus of a single process: queue and logs live in memory and end with it."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TypeVar

from castlist import topology
from castlist.adapters.memory_log import MemoryLog
from castlist.adapters.memory_queue import QueuedTask, TaskQueue
from castlist.errors import DependencyUnavailable, UsageError
from castlist.ports import DeadTask, Delivery, Headers, LogEntry, QueueState, StreamState

_Found = TypeVar("_Found")


@dataclass(frozen=True, slots=True)
class MemoryDelivery:
    """One task in hand."""

    subject: str
    payload: bytes
    delivery_count: int
    headers: Headers
    _bus: "MemoryBus"
    _task: QueuedTask

    async def ack(self) -> None:
        self._bus.queue.acknowledge(self._task)
        self._bus.wake()

    async def nak(self, delay_s: float) -> None:
        self._bus.queue.hand_back(self._task, self.delivery_count, _now_s() + delay_s)
        self._bus.wake()

    async def in_progress(self) -> None:
        self._bus.queue.keep(self._task, self.delivery_count, _now_s())


class MemoryBus:
    """A `MessageBus` for one event loop, with the semantics of the NATS one."""

    def __init__(self, ack_wait_s: float = 60.0, max_deliver: int = 5, max_in_flight: int = 256) -> None:
        self.queue = TaskQueue(ack_wait_s, max_deliver, max_in_flight)
        self._logs = {name: MemoryLog() for name in (topology.JOBS_STREAM, topology.EVENTS_STREAM)}
        self._services: list[Callable[[], bytes]] = []
        self._changed = asyncio.Event()
        self._closed = False

    async def publish_task(self, subject: str, payload: bytes, headers: Headers | None = None) -> bool:
        self._check(subject, payload)
        accepted = self.queue.put(subject, payload, dict(headers or {}))
        self.wake()
        return accepted

    async def fetch_task(self, kind: str, timeout_s: float) -> Delivery | None:
        if kind not in topology.TASK_KINDS:
            raise ValueError(f"no task kind {kind!r}")
        task = await self._until(lambda: self.queue.take(kind, _now_s()), lambda: self.queue.next_due_s(kind), timeout_s)
        return None if task is None else MemoryDelivery(task.subject, task.payload, task.delivery_count, task.headers, self, task)

    async def fetch_dead_task(self, timeout_s: float) -> DeadTask | None:
        return await self._until(lambda: self.queue.take_dead(_now_s()), self.queue.next_death_s, timeout_s)

    async def append(self, subject: str, payload: bytes, *, only_first: bool = False, headers: Headers | None = None) -> int:
        self._check(subject, payload)
        sequence = self._log_of(subject).append(subject, payload, dict(headers or {}), only_first=only_first)
        self.wake()
        return sequence

    async def check_append(self, subject: str) -> None:
        self._check(subject)
        self._log_of(subject)

    async def follow(self, subject_filter: str, from_sequence: int = 1) -> AsyncIterator[LogEntry]:
        self._check()
        reader = self._log_of(subject_filter).reader(subject_filter, from_sequence)
        while not self._closed:
            entry = next(reader)
            if entry is None:
                await self._changed.wait()
            else:
                yield entry

    async def read(self, subject_filter: str) -> list[LogEntry]:
        self._check()
        records = self._log_of(subject_filter).matching(subject_filter, 1)
        return [
            LogEntry(sequence, subject, payload, len(records) - number, unix_s, headers)
            for number, (sequence, subject, payload, unix_s, headers) in enumerate(records, 1)
        ]

    async def count(self, subject_filter: str, after_sequence: int = 0) -> int:
        self._check()
        return len(self._log_of(subject_filter).matching(subject_filter, after_sequence + 1))

    async def discard_tasks(self, job_id: str) -> None:
        self._check()
        self.queue.purge(topology.job_tasks_filter(job_id))
        self.wake()

    async def purge_job(self, job_id: str) -> int:
        self._check()
        requests = self._logs[topology.JOBS_STREAM].purge(topology.job_subject(job_id))
        events = self._logs[topology.EVENTS_STREAM].purge(topology.job_events_filter(job_id))
        tasks = self.queue.purge(topology.job_tasks_filter(job_id))
        self.wake()
        return requests + events + tasks

    async def count_tasks(self, job_id: str) -> int:
        self._check()
        return self.queue.count(topology.job_tasks_filter(job_id))

    async def queue_states(self) -> list[QueueState]:
        self._check()
        return [self.queue.state(kind, _now_s()) for kind in topology.TASK_KINDS]

    async def stream_states(self) -> list[StreamState]:
        self._check()
        sizes = {name: log.size() for name, log in self._logs.items()} | {topology.TASKS_STREAM: self.queue.size()}
        return [StreamState(name, *sizes.get(name, (0, 0))) for name in topology.STREAMS]

    async def ask_services(self, timeout_s: float) -> list[bytes]:  # noqa: ARG002 (of the port: here nobody is waited for)
        self._check()
        return [say() for say in self._services]

    @asynccontextmanager
    async def answering(self, say: Callable[[], bytes]) -> AsyncIterator[None]:
        self._services.append(say)
        try:
            yield
        finally:
            self._services.remove(say)

    async def close(self) -> None:
        self._closed = True
        self.wake()

    def wake(self) -> None:
        """Let everyone who waits look again."""
        self._changed.set()
        self._changed = asyncio.Event()

    def _check(self, subject: str = "", payload: bytes = b"") -> None:
        if self._closed:
            raise DependencyUnavailable("the bus was closed")
        if len(payload) > topology.MAX_MESSAGE_BYTES:
            raise UsageError(
                f"{len(payload)} bytes on {subject}: a message holds at most {topology.MAX_MESSAGE_BYTES}; store an object instead"
            )

    def _log_of(self, subject: str) -> MemoryLog:
        stream = topology.stream_of_subject(subject)
        if stream not in self._logs:
            raise ValueError(f"{subject!r} belongs to no log")
        return self._logs[stream]

    async def _until(self, take: Callable[[], _Found | None], next_s: Callable[[], float | None], timeout_s: float) -> _Found | None:
        """What `take` finds, tried whenever something changed and when the clock reaches `next_s`."""
        deadline_s = _now_s() + timeout_s
        while True:
            self._check()
            found = take()
            if found is not None or _now_s() >= deadline_s:
                return found
            due_s = next_s()
            with suppress(TimeoutError):
                async with asyncio.timeout_at(deadline_s if due_s is None else min(deadline_s, due_s)):
                    await self._changed.wait()


def _now_s() -> float:
    return asyncio.get_running_loop().time()
