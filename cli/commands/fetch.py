"""`castlist fetch`: a finished job's results, written to a folder."""

import asyncio
from argparse import Namespace

from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus
from castlist.errors import UsageError
from castlist.worker.objects import VerifiedReader
from cli.exit_codes import conclude
from cli.output_folder import STATE_FOLDER, export
from cli.watching import read_job
from services.coordinator.algorithms.decide import Status


def execute(options: Namespace) -> int:
    """Fetch, and say where the results lie."""
    return asyncio.run(_fetch(options, client_environment()))


async def _fetch(options: Namespace, environment: Environment) -> int:
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        view = await read_job(bus, options.job)
    if view.state.status is not Status.DONE:
        reason = f": {view.state.reason}" if view.state.reason else ""
        raise UsageError(f"job {options.job} is {view.state.status}{reason}; `castlist watch {options.job}` waits for its end")
    reader = VerifiedReader(store, options.output / STATE_FOLDER / "cache")
    await asyncio.to_thread(export, reader, view.state.outputs, view.runs, options.output)
    return conclude(view.state, results=options.output)
