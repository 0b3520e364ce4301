"""What `castlist status` finds out: broker, store, queues, services. Never waits longer than it says."""

import asyncio
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict
from typing import Any, TypeVar

from castlist import topology
from castlist.bootstrap import Environment, connect_store, connected_bus
from castlist.domain.presence import Presence
from castlist.errors import CastlistError, DependencyUnavailable
from castlist.ports import MessageBus, QueueState
from cli.presences import read_presences

T = TypeVar("T")

PATIENCE_S = 5.0
"""How long broker and store may take, both at once."""

_ANSWER_S = 0.5
_STORE_TIMEOUTS_S = (1.5, 3.0)
_LOGS = {topology.JOBS_STREAM: topology.JOBS_FILTER, topology.EVENTS_STREAM: topology.EVENTS_FILTER}


async def look_around(environment: Environment) -> dict[str, Any]:
    """The whole document. `queues`, `streams`, `workers` and `lag` are None where the broker can't be reached."""
    broker = {"address": environment.nats_url.rpartition("@")[2], "reachable": True, "problem": ""}
    store = {"address": f"{environment.s3_endpoint}/{environment.s3_bucket}", "reachable": True, "problem": ""}
    found, problem = await asyncio.gather(_on_broker(environment), _store_problem(environment))
    if isinstance(found, str):
        broker |= {"reachable": False, "problem": found}
        found = dict.fromkeys(("queues", "streams", "workers", "lag"))
    if problem:
        store |= {"reachable": False, "problem": problem}
    return {"broker": broker, "store": store, **found}


async def _on_broker(environment: Environment) -> dict[str, Any] | str:
    """What the broker and the services say; a sentence where they say nothing."""
    try:
        async with asyncio.timeout(PATIENCE_S), connected_bus(environment) as bus:
            return await ask_broker(bus)
    except TimeoutError:
        return f"no answer within {PATIENCE_S:g} s"
    except CastlistError as error:
        return str(error)


async def ask_broker(bus: MessageBus) -> dict[str, Any]:
    """Queues, streams, workers and lag."""
    queues, streams, presences = await asyncio.gather(bus.queue_states(), bus.stream_states(), read_presences(bus, _ANSWER_S))
    now_unix_s = time.time()
    return {
        "queues": [_queue(state, now_unix_s) for state in queues],
        "streams": [asdict(state) for state in streams],
        "workers": [_worker(presence, now_unix_s) for presence in presences],
        "lag": await _lag(bus, presences),
    }


def _queue(state: QueueState, now_unix_s: float) -> dict[str, Any]:
    document = asdict(state)
    oldest_unix_s = document.pop("oldest_unix_s")
    return document | {"oldest_s": None if oldest_unix_s is None else max(now_unix_s - oldest_unix_s, 0.0)}


def _worker(presence: Presence, now_unix_s: float) -> dict[str, Any]:
    tasks = [
        {"job": task.job_id, "stage": task.stage, "index": task.index, "for_s": max(now_unix_s - task.since_unix_s, 0.0)}
        for task in presence.in_hand
    ]
    return {
        "service": presence.service,
        "process": presence.process,
        "version": presence.version,
        "up_s": max(now_unix_s - presence.started_unix_s, 0.0),
        "slots": dict(presence.slots),
        "in_hand": tasks,
    }


async def _lag(bus: MessageBus, presences: list[Presence]) -> dict[str, int] | None:
    """Entries of each log that the coordinator which is furthest has not considered; None where none answers."""
    coordinators = [presence for presence in presences if presence.service == "coordinator"]
    if not coordinators:
        return None
    read = {log: max(presence.read_up_to.get(log, 0) for presence in coordinators) for log in _LOGS}
    return {log: await bus.count(subject_filter, read[log]) for log, subject_filter in _LOGS.items()}


async def _store_problem(environment: Environment) -> str:
    """Why the store can't be used, empty if it can."""

    def look() -> str:
        try:
            connect_store(environment, timeouts_s=_STORE_TIMEOUTS_S).stat(topology.tombstone_key("status"))
        except CastlistError as error:
            return str(error)
        return ""

    try:
        return await _in_thread(look, PATIENCE_S)
    except DependencyUnavailable as error:
        return str(error)


async def _in_thread(call: Callable[[], T], timeout_s: float) -> T:
    """What a call returns, made in a thread that nobody waits for longer. Raises `DependencyUnavailable`."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Queue[T] = asyncio.Queue()

    def look() -> None:
        found = call()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            loop.call_soon_threadsafe(answer.put_nowait, found)

    threading.Thread(target=look, daemon=True).start()
    try:
        async with asyncio.timeout(timeout_s):
            return await answer.get()
    except TimeoutError:
        raise DependencyUnavailable(f"no answer within {timeout_s:g} s") from None
