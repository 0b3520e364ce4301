"""The whole system in one process: the services' own `build()`s on an in-process bus and a folder as store."""

import asyncio
import hashlib
import os
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.domain.decoding import DecodingLimits
from castlist.domain.devices import CPU_ALONE, Devices
from castlist.domain.egress import PUBLIC_WEB, Egress
from castlist.domain.jobs import NO_SETTINGS, FailureKind, JobRequest, Settings, Stage
from castlist.domain.source_url import SourceUrl
from castlist.errors import UsageError
from castlist.manifest import ModelLibrary
from castlist.ports import MessageBus, ObjectStore
from castlist.worker.assembly import Surroundings
from castlist.worker.failpoints import Failpoint, no_failpoint
from castlist.worker.objects import VerifiedReader
from castlist.worker.runtime import Worker
from cli.folder_state import only_one_at_work, stored_request
from cli.output_folder import STATE_FOLDER, export, remove_exported
from cli.submitting import Video, announce, describe_video, make_request, store_request
from cli.watching import JobView, follow_job
from services.coordinator.algorithms.decide import JobState, Status
from services.coordinator.restoring import restore_edits
from services.coordinator.service import Coordinator
from services.detector import service as detector
from services.fetcher import service as fetcher
from services.fetcher.network.downloading import Advance, unheard
from services.grouper import service as grouper
from services.reid import service as reid
from services.reporter import service as reporter
from services.tracker import service as tracker

STAGES = tuple(Stage)
_DECODING = DecodingLimits()

Build = Callable[[Surroundings], Worker]


@dataclass(frozen=True, slots=True)
class Run:
    """One embedded job: where its video and results lie, and what to compute anew."""

    video: Video
    folder: Path
    overrides: dict[str, str]
    settings: Settings = NO_SETTINGS
    until: Stage = Stage.REPORT
    since: Stage | None = None
    force: bool = False
    slots: int = os.cpu_count() or 1
    failpoint: Failpoint = no_failpoint


def builds_of_all_services(
    library: ModelLibrary,
    devices: Devices = CPU_ALONE,
    egress: Egress = PUBLIC_WEB,
    decoding: DecodingLimits = _DECODING,
    fetching: Advance = unheard,
) -> tuple[Build, ...]:
    """What each service builds, with the weights, devices and limits of this machine; `fetching` is told how far a download is."""
    return (
        lambda surroundings: fetcher.build(surroundings, egress, fetching),
        lambda surroundings: detector.build(surroundings, library, devices, decoding),
        tracker.build,
        grouper.build,
        lambda surroundings: reid.build(surroundings, library, devices),
        reporter.build,
    )


async def run_embedded(run: Run, builds: tuple[Build, ...], show: Callable[[JobState], None]) -> JobState:
    """Run a job to its end and export what it published; returns its last state.

    Work that an earlier run of the same video committed is taken over where task, code and libraries
    are the same, but for stages from `since` on; a video that was fetched stays, too. Edits of the same video's results stay.
    """
    request = make_request(run.video, _job_id(run.video), run.overrides, run.until, run.settings)
    with only_one_at_work(run.folder):
        store = DirectoryStore(run.folder / STATE_FOLDER)
        _prepare(store, run, request.job_id)
        store_request(store, request, run.video)
        view, reader = await finished(store, run.folder, request, builds, show, run.slots, run.failpoint)
        if view.state.status is Status.DONE:
            export(reader, view.state.outputs, view.runs, run.folder)
    return view.state


async def finished(
    store: DirectoryStore,
    folder: Path,
    request: JobRequest,
    builds: tuple[Build, ...],
    show: Callable[[JobState], None],
    slots: int = os.cpu_count() or 1,
    failpoint: Failpoint = no_failpoint,
) -> tuple[JobView, VerifiedReader]:
    """A job run to its end, and what reads its objects.

    Crops of segments, which an earlier run deleted when it had picked those to keep, are made again if they are needed again.
    """
    async with house_of(store, folder, request, slots, builds, failpoint) as house:
        view = await house.follow(show)
    if view.state.failure_kind is FailureKind.RELEASED:
        store.delete_prefix(topology.stage_prefix(request.job_id, Stage.DETECT))
        async with house_of(store, folder, request, slots, builds) as house:
            view = await house.follow(show)
    return view, house.reader


def _job_id(video: Video) -> str:
    """The same for the same content, or for the same address."""
    sha256 = hashlib.sha256(video.text.encode()).hexdigest() if isinstance(video, SourceUrl) else describe_video(video)[1]
    return f"job-{sha256[:16]}"


async def edit_embedded(
    folder: Path, builds: tuple[Build, ...], edit: Callable[[MessageBus, ObjectStore, str], Awaitable[str]]
) -> JobState:
    """Edit the job whose results a folder holds, compute the new revision and export it; returns its last state.

    `edit` makes the edit and returns what to tell the user, which is said at once. Raises `UsageError` for a folder without a
    finished job.
    """
    store = DirectoryStore(folder / STATE_FOLDER)
    with only_one_at_work(folder):
        request = stored_request(store, folder)
        async with house_of(store, folder, request, os.cpu_count() or 1, builds) as house:
            before = await house.follow(lambda _: None)
            if before.state.status is not Status.DONE:
                raise UsageError(f"the job in {folder} is {before.state.status}: {before.state.reason}; run the video again first")
            export(house.reader, before.state.outputs, before.runs, folder)  # an edit may have been cut short
            print(await edit(house.bus, store, request.job_id), flush=True)
            view = await house.follow(lambda _: None)
        if view.state.status is Status.DONE:
            export(house.reader, view.state.outputs, view.runs, folder)
    return view.state


def _prepare(store: DirectoryStore, run: Run, job_id: str) -> None:
    others = [name for name in store.list_folders("jobs/") if name != job_id]
    if others and not run.force:
        raise UsageError(f"{run.folder} holds the results of another video: choose another folder, or --force to replace them")
    for other in others:
        store.delete_prefix(topology.job_prefix(other))
    since = STAGES[0] if run.force else run.since
    if since is not None:
        if since in (Stage.TRACK, Stage.PICK):
            since = Stage.DETECT  # its crops, which pick reads, were deleted when pick had been done
        for stage in STAGES[STAGES.index(since) :]:
            store.delete_prefix(topology.stage_prefix(job_id, stage))
    remove_exported(run.folder)


@dataclass(frozen=True, slots=True)
class House:
    """All services at work in this process on one job."""

    bus: MemoryBus
    reader: VerifiedReader
    job_id: str
    runners: tuple[asyncio.Task[None], ...]

    async def follow(self, show: Callable[[JobState], None]) -> JobView:
        """The job at its end; raises what a service raised that died."""
        watcher = asyncio.create_task(_watch(self.bus, self.job_id, show))
        try:
            done, _ = await asyncio.wait([watcher, *self.runners], return_when=asyncio.FIRST_COMPLETED)
            for task in done - {watcher}:
                task.result()
            return await watcher
        finally:
            watcher.cancel()
            await asyncio.gather(watcher, return_exceptions=True)


@asynccontextmanager
async def house_of(
    store: DirectoryStore,
    folder: Path,
    request: JobRequest,
    slots: int,
    builds: tuple[Build, ...],
    failpoint: Failpoint = no_failpoint,
) -> AsyncIterator[House]:
    """The job announced with its edits, and all services started; stopped at the end of the block."""
    bus = MemoryBus()
    reader = VerifiedReader(store, folder / STATE_FOLDER / "cache")
    scratch = folder / STATE_FOLDER / "scratch"
    shutil.rmtree(scratch, ignore_errors=True)  # of a run that was killed
    surroundings = Surroundings(bus=bus, store=store, reader=reader, slots=slots, failpoint=failpoint, scratch=scratch)
    await restore_edits(bus, store, request.job_id)
    await announce(bus, request)
    stop = asyncio.Event()
    runners = [asyncio.create_task(Coordinator(bus, store).run(stop))]
    runners += [asyncio.create_task(build(surroundings).run(stop)) for build in builds]
    try:
        yield House(bus, reader, request.job_id, tuple(runners))
    finally:
        for task in runners:
            task.cancel()
        await asyncio.gather(*runners, return_exceptions=True)
        await bus.close()


async def _watch(bus: MemoryBus, job_id: str, show: Callable[[JobState], None]) -> JobView:
    async for view in follow_job(bus, job_id):
        show(view.state)
    return view
