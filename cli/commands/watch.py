"""`castlist watch`: a job's progress until it has ended."""

import asyncio
from argparse import Namespace

from castlist.bootstrap import Environment, client_environment, connected_bus
from castlist.ports import MessageBus
from cli.exit_codes import conclude
from cli.progress import ProgressDisplay
from cli.watching import follow_job
from services.coordinator.algorithms.decide import JobState


def execute(options: Namespace) -> int:
    """Show progress; the exit code is the job's."""
    return asyncio.run(_watch(options, client_environment()))


async def _watch(options: Namespace, environment: Environment) -> int:
    async with connected_bus(environment) as bus:
        return conclude(await follow(bus, options.job, quiet=options.quiet), strict=options.strict)


async def follow(bus: MessageBus, job_id: str, *, quiet: bool) -> JobState:
    """The job's last state, after its progress was shown."""
    with ProgressDisplay(quiet=quiet) as display:
        async for view in follow_job(bus, job_id):
            display.show(view.state)
    return view.state
