"""Workers and coordinator as processes of their own, forked from this one so that sixteen of them start in a moment."""

import asyncio
import logging
import multiprocessing
import os
import signal
import tempfile
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.sleeping_stages import Load, handlers
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.minio_store import MinioStore
from castlist.adapters.nats_bus import NatsBus
from castlist.domain.jobs import Stage
from castlist.ports import ObjectStore
from castlist.worker.assembly import Surroundings, assemble
from castlist.worker.objects import VerifiedReader
from services.coordinator.service import Coordinator

_FORK = multiprocessing.get_context("fork")

Serve = Callable[[NatsBus, ObjectStore, asyncio.Event], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Place:
    """Where broker and store are. `s3` is endpoint, access key and secret key; without it objects lie in `folder`."""

    nats_url: str
    folder: Path
    s3: tuple[str, str, str] | None

    def store(self) -> ObjectStore:
        return MinioStore(*self.s3, bucket="castlist", secure=False) if self.s3 else DirectoryStore(self.folder / "objects")


@contextmanager
def running(place: Place, load: Load, workers: list[Mapping[Stage, int]]) -> Iterator[list[int]]:
    """A coordinator and a worker process for each mapping of stages to slots. Yields their process ids, the coordinator's first."""
    targets: list[Serve] = [_coordinate, *(_worker(load, slots) for slots in workers)]
    processes = [_FORK.Process(target=_run, args=(place, serve), daemon=True) for serve in targets]
    for process in processes:
        process.start()
    try:
        yield [process.pid for process in processes if process.pid is not None]
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join(30)
            if process.exitcode is None:
                process.kill()
                process.join()


async def _coordinate(bus: NatsBus, store: ObjectStore, stop: asyncio.Event) -> None:
    await Coordinator(bus, store).run(stop)


def _worker(load: Load, slots: Mapping[Stage, int]) -> Serve:
    async def serve(bus: NatsBus, store: ObjectStore, stop: asyncio.Event) -> None:
        with tempfile.TemporaryDirectory(prefix="castlist-") as copies:
            surroundings = Surroundings(bus, store, VerifiedReader(store, Path(copies)))
            await assemble(surroundings, "benchmarks", handlers(load, slots)).run(stop)

    return serve


def _run(place: Place, serve: Serve) -> None:
    """A process from its fork to its end."""

    async def main() -> None:
        stop = asyncio.Event()
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
        bus = await NatsBus.connect(place.nats_url, timeout_s=20.0)
        try:
            await serve(bus, place.store(), stop)
        finally:
            await bus.close()

    logging.basicConfig(level=logging.WARNING)
    asyncio.run(main())
    os._exit(0)  # nothing of the parent's is to be cleaned up here
