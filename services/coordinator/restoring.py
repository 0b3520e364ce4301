"""What the broker forgot and the store remembers: requests and edits, announced again. Accepted means kept."""

import asyncio
import hashlib
import logging
import re
import time
from collections.abc import Iterable
from contextlib import suppress
from itertools import islice

from castlist import topology
from castlist.codec.job_messages import decode_event, encode_fact
from castlist.domain.jobs import ObjectRef, ResultEdited
from castlist.errors import AlreadyExists, ObjectCorrupt, ObjectMissing
from castlist.ports import MessageBus, ObjectStore

log = logging.getLogger("castlist.coordinator")

JOBS_A_SWEEP = 200
"""Jobs whose edits one sweep looks at; the next one goes on with the jobs after them."""

_EDIT = re.compile(r"([1-9][0-9]{0,8})/([0-9a-f]{64})")


class Restoring:
    """Announces what is stored and not announced. Any number of coordinators may do so side by side."""

    def __init__(self, bus: MessageBus, store: ObjectStore) -> None:
        self._bus = bus
        self._store = store
        self._announced: dict[str, frozenset[int]] = {}
        self._last_looked_at = ""

    def forget_all(self) -> None:
        """Believe nothing of what was found announced: the log began anew."""
        self._announced.clear()

    async def request(self, job_id: str) -> float | None:
        """Announce a job that only the store remembers, with its edits; where it has no request, when its newest object was stored."""
        is_announced = await self._bus.count(topology.job_subject(job_id)) > 0
        if is_announced or await asyncio.to_thread(self._store.stat, topology.tombstone_key(job_id)) is not None:
            return None
        try:
            request = await asyncio.to_thread(self._store.get, topology.request_key(job_id))
        except ObjectMissing:  # handed in halfway, which goes on or was given up, or left by a late worker
            objects = await asyncio.to_thread(lambda: list(self._store.list(topology.job_prefix(job_id))))
            return max((info.stored_unix_s for info in objects), default=time.time())
        await restore_edits(self._bus, self._store, job_id)
        with suppress(AlreadyExists):
            await self._bus.append(topology.job_subject(job_id), request, only_first=True)
        return None

    async def edits(self, job_ids: Iterable[str]) -> None:
        """Announce the edits of some of these jobs that only the store remembers; all jobs have their turn in the end."""
        for job_id in self._turn(sorted(job_ids)):
            stored = await asyncio.to_thread(_stored, self._store, job_id)
            if not {number for number, _ in stored} <= self._announced.get(job_id, frozenset()):
                self._announced[job_id] = await restore_edits(self._bus, self._store, job_id)

    def _turn(self, job_ids: list[str]) -> list[str]:
        later = [job_id for job_id in job_ids if job_id > self._last_looked_at]
        chosen = list(islice([*later, *(job_id for job_id in job_ids if job_id <= self._last_looked_at)], JOBS_A_SWEEP))
        self._last_looked_at = chosen[-1] if chosen else ""
        return chosen


async def restore_edits(bus: MessageBus, store: ObjectStore, job_id: str) -> frozenset[int]:
    """Announce a job's stored edits that follow those in the log without a gap; returns the numbers announced by then.

    Of several that were stored under a number which nobody announced, the one with the lowest key is taken.
    """
    announced = await _announced(bus, job_id)
    for number, ref in await asyncio.to_thread(_stored, store, job_id):
        if number == max(announced, default=0) + 1 and _is_whole(ref, await asyncio.to_thread(store.get, ref.key)):
            with suppress(AlreadyExists):
                fact = encode_fact(job_id, ResultEdited(number, ref))
                await bus.append(topology.event_subject(job_id, "job", number), fact, only_first=True)
                log.info("an edit that only the store remembered is announced", extra={"job_id": job_id, "number": number})
            announced.add(number)
    return frozenset(announced)


async def _announced(bus: MessageBus, job_id: str) -> set[int]:
    numbers = set()
    for entry in await bus.read(topology.job_level_filter(job_id)):
        with suppress(ObjectCorrupt):
            fact = decode_event(entry.payload, entry.sequence).fact
            if isinstance(fact, ResultEdited):
                numbers.add(fact.revision)
    return numbers


def _stored(store: ObjectStore, job_id: str) -> list[tuple[int, ObjectRef]]:
    """Numbers and references of a job's stored edits, by number, then key. An empty object is an edit that was refused."""
    prefix = topology.edits_prefix(job_id)
    found = [(_EDIT.fullmatch(info.key.removeprefix(prefix)), info) for info in store.list(prefix)]
    refs = [(int(name[1]), ObjectRef(info.key, info.length, name[2])) for name, info in found if name is not None and info.length > 0]
    return sorted(refs, key=lambda item: (item[0], item[1].key))


def _is_whole(ref: ObjectRef, data: bytes) -> bool:
    return hashlib.sha256(data).hexdigest() == ref.sha256
