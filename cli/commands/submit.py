"""`castlist submit`: a video handed to the services."""

import asyncio
import sys
from argparse import Namespace
from pathlib import Path

from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus, traced
from castlist.domain.jobs import JobRequest
from castlist.errors import UsageError
from cli.commands.watch import conclude_with_results, follow, say_interrupted
from cli.configuration import read_choice, told
from cli.exit_codes import DONE
from cli.submitting import Video, announce, make_request, new_job_id, store_request


def execute(options: Namespace) -> int:
    """Hand in and print the job's id; if asked to, watch it and fetch its results."""
    if options.output and not options.watch:
        raise UsageError("results can be had at the job's end: give --watch beside -o, or `castlist fetch JOB -o DIR` later")
    job_id = options.job or new_job_id(options.video)
    choice = read_choice(options)
    request = make_request(options.video, job_id, choice.overrides, options.until, choice.settings)
    if told(choice) and not options.quiet:
        print(told(choice), file=sys.stderr)
    environment = client_environment()
    asyncio.run(_submit(request, options.video, environment))
    print(job_id, flush=True)
    if not options.watch:
        return DONE
    try:
        return asyncio.run(_watch(job_id, options, environment))
    except KeyboardInterrupt:
        return say_interrupted(job_id)


async def _submit(request: JobRequest, video: Video, environment: Environment) -> None:
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        with traced(environment, "client") as tracer:  # made ready first: what is stored and not announced, a sweep announces
            await asyncio.to_thread(store_request, store, request, video)
            await announce(bus, request, tracer)


async def _watch(job_id: str, options: Namespace, environment: Environment) -> int:
    async with connected_bus(environment) as bus:
        view = await follow(bus, job_id, quiet=options.quiet)
    return await conclude_with_results(connect_store(environment), view, options, options.output or Path(job_id))
