"""Deletion of jobs: a tombstone stands first, then all that is there of the job goes, again and again.

A worker may have a task of the job in hand meanwhile. It looks for the tombstone before it starts and before it
commits, but what it stored until then, and an event that was under way, arrive later: so the tombstone stands for
`hold_s` after the last thing that was found.
"""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from castlist import topology
from castlist.ports import MessageBus, ObjectStore

log = logging.getLogger("castlist.coordinator")

LOOKS = 10
"""How often a deleted job is looked at while its tombstone stands and nothing more is found."""

DAY_S = 86_400


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """How long ended jobs are kept, None for ever; and how long a tombstone stands after the last thing that was found.

    `tombstone_s` must be longer than any task takes.
    """

    retention_s: float | None = None
    tombstone_s: float = 3_600.0


EVERYTHING_IS_KEPT = Lifetimes()


class Deletions:
    """Deletes what has a tombstone. Any number of coordinators may do so side by side."""

    def __init__(self, bus: MessageBus, store: ObjectStore, hold_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._bus = bus
        self._store = store
        self._hold_s = hold_s
        self._clock = clock
        self._clean_since_s: dict[str, float] = {}
        self._next_look_s: dict[str, float] = {}

    async def ask_for(self, job_id: str) -> None:
        """Put up a job's tombstone."""
        await asyncio.to_thread(self._store.put, topology.tombstone_key(job_id), b"")

    async def standing(self) -> list[str]:
        """Jobs that have a tombstone."""
        names = await asyncio.to_thread(lambda: [info.key.partition("/")[2] for info in self._store.list(topology.TOMBSTONES)])
        return [name for name in names if topology.is_job_id(name)]

    def is_due(self, job_id: str) -> bool:
        """Whether it is time to look at a deleted job again."""
        return self._next_look_s.get(job_id, 0.0) <= self._clock()

    async def carry_out(self, job_id: str, forget: Callable[[str], Awaitable[None]]) -> None:
        """Remove all there is of a job, and in the end its tombstone; nothing if it has none.

        `forget` makes the coordinator follow the job no more.
        """
        key = topology.tombstone_key(job_id)
        if await asyncio.to_thread(self._store.stat, key) is None:
            self._forget(job_id)
            return
        await forget(job_id)
        messages = await self._bus.purge_job(job_id)
        objects = await asyncio.to_thread(self._store.delete_prefix, topology.job_prefix(job_id))
        now_s = self._clock()
        if messages or objects:
            log.info("a deleted job was removed", extra={"messages": messages, "objects": objects})
            self._clean_since_s[job_id] = self._next_look_s[job_id] = now_s
        elif now_s - self._clean_since_s.setdefault(job_id, now_s) < self._hold_s:
            self._next_look_s[job_id] = now_s + self._hold_s / LOOKS
        else:
            await asyncio.to_thread(self._store.delete, key)
            self._forget(job_id)
            log.info("nothing more came of a deleted job: its id is free")

    def _forget(self, job_id: str) -> None:
        self._clean_since_s.pop(job_id, None)
        self._next_look_s.pop(job_id, None)
