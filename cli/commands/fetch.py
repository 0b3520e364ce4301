"""`castlist fetch`: a finished job's results, written to a folder."""

import asyncio
from argparse import Namespace

from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus
from cli.exit_codes import conclude
from cli.fetching import fetch_results
from cli.watching import read_job


def execute(options: Namespace) -> int:
    """Fetch, and say where the results lie."""
    return asyncio.run(_fetch(options, client_environment()))


async def _fetch(options: Namespace, environment: Environment) -> int:
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        view = await read_job(bus, options.job)
    await fetch_results(store, view, options.output)
    return conclude(view.state, results=options.output)
