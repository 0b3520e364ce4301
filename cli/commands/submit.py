"""`castlist submit`: a video handed to the services."""

import asyncio
from argparse import Namespace

from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus
from cli.arguments import parse_overrides
from cli.commands.watch import follow
from cli.exit_codes import DONE, conclude
from cli.submitting import announce, make_request, new_job_id, store_request


def execute(options: Namespace) -> int:
    """Hand in, print the job's id, and watch it if asked to."""
    return asyncio.run(_submit(options, client_environment()))


async def _submit(options: Namespace, environment: Environment) -> int:
    store = connect_store(environment)
    request = make_request(options.video, options.job or new_job_id(options.video), parse_overrides(options.overrides), options.until)
    async with connected_bus(environment) as bus:
        await asyncio.to_thread(store_request, store, request, options.video)
        await announce(bus, request)
        print(request.job_id, flush=True)
        if not options.watch:
            return DONE
        return conclude(await follow(bus, request.job_id, quiet=options.quiet), strict=options.strict, video=options.video)
