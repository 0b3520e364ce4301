"""`castlist delete`: a job and everything of it, removed for good."""

import asyncio
import sys
import time
from argparse import Namespace
from collections.abc import Callable
from dataclasses import dataclass

from castlist import topology
from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus
from castlist.codec.job_messages import encode_fact
from castlist.domain.jobs import JobCancelled
from castlist.errors import UsageError
from castlist.ports import MessageBus, ObjectStore
from cli.columns import byte_count
from cli.exit_codes import DONE, FAILED, say
from cli.presences import read_presences

PATIENCE_S = 60.0
"""How long nothing may become less before the user is told."""

_LOOK_S = 0.5
_ANSWER_S = 1.0


@dataclass(frozen=True, slots=True)
class Remains:
    """What there is of a job."""

    objects: int = 0
    bytes: int = 0
    events: int = 0
    tasks: int = 0
    requests: int = 0

    def __bool__(self) -> bool:
        return any((self.objects, self.events, self.tasks, self.requests))

    def __str__(self) -> str:
        return f"{self.objects} objects ({byte_count(self.bytes)}), {self.events} events, {self.tasks} queued tasks"


def execute(options: Namespace) -> int:
    """Delete, once the user has agreed; wait until nothing is there."""
    environment = client_environment()
    asyncio.run(_look(options.job, environment))
    if not options.yes and not _agreed(options.job):
        return say(FAILED, "nothing was deleted")
    return asyncio.run(_delete(options.job, environment))


def _agreed(job_id: str) -> bool:
    if not sys.stdin.isatty():
        raise UsageError(f"nobody can be asked here: `castlist delete {job_id} --yes` deletes without a question")
    print("Delete it for good, its video and its results? [y/N] ", end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


async def _look(job_id: str, environment: Environment) -> None:
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        print(f"job {job_id}: {await known_remains(bus, store, job_id)}", file=sys.stderr)


async def _delete(job_id: str, environment: Environment) -> int:
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        before = await delete(bus, store, job_id)
        left = await wait_until_gone(bus, store, job_id)
        if not left:
            print(f"job {job_id} is deleted: {before} are gone")
            return DONE
        is_there = await coordinator_answers(bus)
    why = "a coordinator is at it and takes long" if is_there else "no coordinator answers; the next one that runs removes it"
    return say(FAILED, f"job {job_id} is marked as deleted and workers drop it, but there are {left} yet: {why}")


async def known_remains(bus: MessageBus, store: ObjectStore, job_id: str) -> Remains:
    """What there is of a job. Raises `UsageError` where there is no trace of one."""
    if not topology.is_job_id(job_id):
        raise UsageError(f"{job_id!r} is no job id: 1 to 64 of a-z, 0-9 and hyphen")
    found = await remains(bus, store, job_id)
    if not found and await asyncio.to_thread(store.stat, topology.tombstone_key(job_id)) is None:
        raise UsageError(f"there is no job {job_id!r}, neither on the broker nor in the store; `castlist jobs` lists those that are there")
    return found


async def remains(bus: MessageBus, store: ObjectStore, job_id: str) -> Remains:
    """What there is of a job on the broker and in the store."""
    objects = await asyncio.to_thread(lambda: list(store.list(topology.job_prefix(job_id))))
    return Remains(
        objects=len(objects),
        bytes=sum(info.length for info in objects),
        events=await bus.count(topology.job_events_filter(job_id)),
        tasks=await bus.count_tasks(job_id),
        requests=await bus.count(topology.job_subject(job_id)),
    )


async def delete(bus: MessageBus, store: ObjectStore, job_id: str) -> Remains:
    """Put up the tombstone and cancel, which tells every coordinator; returns what there was."""
    found = await known_remains(bus, store, job_id)
    await asyncio.to_thread(store.put, topology.tombstone_key(job_id), b"")
    await bus.append(topology.event_subject(job_id, "job", 0), encode_fact(job_id, JobCancelled()))
    return found


async def wait_until_gone(
    bus: MessageBus, store: ObjectStore, job_id: str, patience_s: float = PATIENCE_S, clock: Callable[[], float] = time.monotonic
) -> Remains:
    """Nothing, in the end; or what remains when it did not become less for too long, or nobody is there to remove it."""
    least, since_s = await remains(bus, store, job_id), clock()
    if least and not await coordinator_answers(bus):
        patience_s = min(patience_s, 5.0)
    while least and clock() - since_s < patience_s:
        await asyncio.sleep(_LOOK_S)
        found = await remains(bus, store, job_id)
        if (found.objects, found.events, found.tasks, found.requests) != (least.objects, least.events, least.tasks, least.requests):
            least, since_s = found, clock()
    return least


async def coordinator_answers(bus: MessageBus) -> bool:
    """Whether a coordinator is there."""
    return any(presence.service == "coordinator" for presence in await read_presences(bus, _ANSWER_S))
