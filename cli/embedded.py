"""The whole system in one process: the services' own `build()`s on an in-process bus and a folder as store."""

import asyncio
import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.domain.devices import CPU_ALONE, Devices
from castlist.domain.jobs import JobRequest, Stage
from castlist.errors import UsageError
from castlist.manifest import ModelLibrary
from castlist.worker.assembly import Surroundings
from castlist.worker.objects import VerifiedReader
from castlist.worker.runtime import Worker
from cli.output_folder import STATE_FOLDER, export, remove_exported
from cli.submitting import announce, describe_video, make_request, store_request
from cli.watching import JobView, follow_job
from services.coordinator.algorithms.decide import JobState, Status
from services.coordinator.service import Coordinator
from services.detector import service as detector
from services.grouper import service as grouper
from services.reid import service as reid
from services.reporter import service as reporter
from services.tracker import service as tracker

STAGES = tuple(Stage)

Build = Callable[[Surroundings], Worker]


@dataclass(frozen=True, slots=True)
class Run:
    """One embedded job: where its video and results lie, and what to compute anew."""

    video: Path
    folder: Path
    overrides: dict[str, str]
    until: Stage = Stage.REPORT
    since: Stage | None = None
    force: bool = False
    slots: int = os.cpu_count() or 1


def builds_of_all_services(library: ModelLibrary, devices: Devices = CPU_ALONE) -> tuple[Build, ...]:
    """What each service builds, with the weights and devices of this machine."""
    return (
        lambda surroundings: detector.build(surroundings, library, devices),
        tracker.build,
        grouper.build,
        lambda surroundings: reid.build(surroundings, library, devices),
        reporter.build,
    )


async def run_embedded(run: Run, builds: tuple[Build, ...], show: Callable[[JobState], None]) -> JobState:
    """Run a job to its end and export what it published; returns its last state.

    Work that an earlier run of the same video committed is taken over where task, code and libraries
    are the same, but for stages from `since` on.
    """
    _, sha256 = describe_video(run.video)
    request = make_request(run.video, f"job-{sha256[:16]}", run.overrides, run.until)
    store = DirectoryStore(run.folder / STATE_FOLDER)
    _prepare(store, run, request.job_id)
    store_request(store, request, run.video)
    reader = VerifiedReader(store, run.folder / STATE_FOLDER / "cache")
    view = await _compute(MemoryBus(), store, reader, request, run.slots, builds, show)
    state = view.state
    if state.status is Status.DONE:
        export(reader, state.outputs, view.runs, run.folder)
    return state


def _prepare(store: DirectoryStore, run: Run, job_id: str) -> None:
    others = [name for name in store.list_folders("jobs/") if name != job_id]
    if others and not run.force:
        raise UsageError(f"{run.folder} holds the results of another video: choose another folder, or --force to replace them")
    for other in others:
        store.delete_prefix(topology.job_prefix(other))
    if run.force:
        store.delete_prefix(topology.job_prefix(job_id))
    elif run.since is not None:
        for stage in STAGES[STAGES.index(run.since) :]:
            store.delete_prefix(topology.stage_prefix(job_id, stage))
    remove_exported(run.folder)


async def _compute(
    bus: MemoryBus,
    store: DirectoryStore,
    reader: VerifiedReader,
    request: JobRequest,
    slots: int,
    builds: tuple[Build, ...],
    show: Callable[[JobState], None],
) -> JobView:
    surroundings = Surroundings(bus=bus, store=store, reader=reader, slots=slots)
    await announce(bus, request)
    stop = asyncio.Event()
    runners = [asyncio.create_task(Coordinator(bus, store).run(stop))]
    runners += [asyncio.create_task(build(surroundings).run(stop)) for build in builds]
    watcher = asyncio.create_task(_watch(bus, request.job_id, show))
    try:
        done, _ = await asyncio.wait([watcher, *runners], return_when=asyncio.FIRST_COMPLETED)
        for task in done - {watcher}:
            task.result()
        return await watcher
    finally:
        for task in (watcher, *runners):
            task.cancel()
        with suppress(asyncio.CancelledError):
            await asyncio.gather(watcher, *runners, return_exceptions=True)
        await bus.close()


async def _watch(bus: MemoryBus, job_id: str, show: Callable[[JobState], None]) -> JobView:
    async for view in follow_job(bus, job_id):
        show(view.state)
    return view
