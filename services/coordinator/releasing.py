"""Deletion of what no task will read any more."""

import asyncio
import logging
from collections.abc import Sequence

from castlist.domain.jobs import ObjectRef
from castlist.errors import DependencyUnavailable
from castlist.ports import ObjectStore

log = logging.getLogger("castlist.coordinator")


class Releases:
    """Deletes a job's transient objects, once for each job that is followed; doing so again is harmless."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._waiting: asyncio.Queue[tuple[str, Sequence[ObjectRef]]] = asyncio.Queue()
        self._known: set[str] = set()

    def ask_for(self, job_id: str, released: Sequence[ObjectRef]) -> None:
        """Have objects deleted, unless that was asked for before."""
        if released and job_id not in self._known:
            self._known.add(job_id)
            self._waiting.put_nowait((job_id, released))

    def forget(self, job_id: str) -> None:
        """The job is followed no more."""
        self._known.discard(job_id)

    async def carry_out(self) -> None:
        """Delete what was asked for, job after job, for ever. Raises `DependencyUnavailable`; what is left is kept in mind."""
        while True:
            job_id, released = await self._waiting.get()
            try:
                await asyncio.to_thread(self._delete, released)
            except DependencyUnavailable:
                self._waiting.put_nowait((job_id, released))
                raise
            log.info("what is read no more was deleted", extra={"job_id": job_id, "objects": len(released)})

    def _delete(self, released: Sequence[ObjectRef]) -> None:
        for ref in released:
            self._store.delete(ref.key)
