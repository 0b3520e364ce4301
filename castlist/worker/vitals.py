"""Whether a service is alive and ready, as far as it can know that itself.

Alive is about this process alone, so that a broker or store that is down restarts nobody.
"""

import asyncio
import threading
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from castlist import topology
from castlist.errors import CastlistError
from castlist.ports import ObjectStore

LONGEST_TICK_S = 10.0
STUCK_AFTER_S = 300.0
"""A task's thread waits for the store for seconds at most, so one that uses no processor time for this long hangs."""

_TICK_S = 1.0
_LOOK_S = 2.0
_LONGEST_LOOK_S = 9.0
_PROBED_KEY = topology.tombstone_key("readiness")
"""Never written; every service may look for tombstones."""


@dataclass(slots=True)
class _Sign:
    """When the thread of a task was last seen to have got on, and the processor time it had used by then."""

    task: str
    cpu_s: float | None
    seen_s: float


class TaskThreads:
    """The threads that compute tasks now. Registered by themselves, looked at by whoever asks."""

    def __init__(self, stuck_after_s: float = STUCK_AFTER_S) -> None:
        self._stuck_after_s = stuck_after_s
        self._signs: dict[int, _Sign] = {}

    @contextmanager
    def computing(self, task: str) -> Iterator[None]:
        """To be entered in the thread that computes the task."""
        thread = threading.get_native_id()
        self._signs[thread] = _Sign(task, _cpu_time_s(thread), time.monotonic())
        try:
            yield
        finally:
            del self._signs[thread]

    def fault(self) -> str:
        """Which task gets on no more, empty if none. A thread gets on while it uses processor time."""
        now_s = time.monotonic()
        for thread, sign in list(self._signs.items()):
            cpu_s = _cpu_time_s(thread)
            if cpu_s != sign.cpu_s:
                sign.cpu_s, sign.seen_s = cpu_s, now_s
            elif now_s - sign.seen_s > self._stuck_after_s:
                return f"the thread of {sign.task} has not moved for {now_s - sign.seen_s:.0f} s"
        return ""


def _cpu_time_s(thread: int) -> float | None:
    """Processor time of a thread of this process in clock ticks; None where the system does not tell, or it is gone."""
    try:
        status = Path(f"/proc/self/task/{thread}/stat").read_text()
    except OSError:
        return None
    user, system = status.rpartition(")")[2].split()[11:13]
    return float(user) + float(system)


class Vitals:
    """What probes are answered from: written by the event loop and a thread that looks for the store."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store
        self._ended = threading.Event()
        self._ticked_s = self._store_answered_s = time.monotonic()
        self._starting = "starting: waits for the broker"
        self._broker = self._store_fault = ""
        self._threads: Callable[[], str] = lambda: ""

    def not_alive(self) -> str:
        """Why this process should be replaced, empty if it should not."""
        silent_s = time.monotonic() - self._ticked_s
        if silent_s > LONGEST_TICK_S:
            return f"the event loop has stood still for {silent_s:.0f} s"
        return self._threads()

    def not_ready(self) -> str:
        """Why this service takes no tasks now, empty if it does."""
        silent_s = time.monotonic() - self._store_answered_s
        silent = f"the object store has not answered for {silent_s:.0f} s" if silent_s > _LONGEST_LOOK_S else ""
        return self.not_alive() or self._starting or self._broker or self._store_fault or silent

    def says(self, state: str) -> None:
        """Not ready for this reason; empty once the service works."""
        self._starting = state

    def watch_threads(self, fault: Callable[[], str]) -> None:
        self._threads = fault

    async def tick(self) -> None:
        """Show, for ever, that the event loop turns."""
        while True:
            self._ticked_s = time.monotonic()
            await asyncio.sleep(_TICK_S)

    async def watch_broker(self, ping: Callable[[], Awaitable[None]]) -> None:
        """Ask the broker, for ever, whether it is there."""
        while True:
            try:
                await ping()
                self._broker = ""
            except CastlistError as error:
                self._broker = str(error)
            await asyncio.sleep(_LOOK_S)

    def watch_store(self) -> None:
        """Look for an object, until `end` is called, in a thread of its own that nobody waits for."""
        threading.Thread(target=self._look, name="castlist-store-watch", daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _look(self) -> None:
        while not self._ended.is_set():
            try:
                self._store.stat(_PROBED_KEY)
                self._store_fault = ""
            except CastlistError as error:
                self._store_fault = str(error)
            self._store_answered_s = time.monotonic()
            self._ended.wait(_LOOK_S)
