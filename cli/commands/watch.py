"""`castlist watch`: a job's progress until it has ended."""

import asyncio
from argparse import Namespace
from pathlib import Path

from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus
from castlist.ports import MessageBus, ObjectStore
from cli.exit_codes import INTERRUPTED, conclude, say
from cli.fetching import fetch_results
from cli.progress import ProgressDisplay
from cli.watching import JobView, follow_job
from services.coordinator.algorithms.decide import Status


def execute(options: Namespace) -> int:
    """Show progress, then fetch the results if a folder is named; the exit code is the job's."""
    try:
        return asyncio.run(_watch(options, client_environment()))
    except KeyboardInterrupt:
        return say_interrupted(options.job)


async def _watch(options: Namespace, environment: Environment) -> int:
    store = connect_store(environment) if options.output else None
    async with connected_bus(environment) as bus:
        view = await follow(bus, options.job, quiet=options.quiet)
    if store is None:
        code = conclude(view.state, strict=options.strict)
        if view.state.status is Status.DONE:
            revision = f", revision {view.state.revision}" if view.state.revision else ""
            print(f"job {options.job} is done{revision}; `castlist fetch {options.job} -o DIR` fetches its results")
        return code
    return await conclude_with_results(store, view, options, options.output)


async def follow(bus: MessageBus, job_id: str, *, quiet: bool) -> JobView:
    """The job at its end, after its progress was shown."""
    with ProgressDisplay(quiet=quiet) as display:
        async for view in follow_job(bus, job_id):
            display.show(view.state)
    return view


async def conclude_with_results(store: ObjectStore, view: JobView, options: Namespace, folder: Path) -> int:
    """Fetch a finished job's results, and say where they lie, or why there are none."""
    if view.state.status is Status.DONE:
        await fetch_results(store, view, folder)
    return conclude(view.state, strict=options.strict, results=folder, video=getattr(options, "video", None))


def say_interrupted(job_id: str) -> int:
    """The job does not mind that nobody watches."""
    return say(INTERRUPTED, f"interrupted; job {job_id} goes on: `castlist watch {job_id}` or `castlist cancel {job_id}`")
