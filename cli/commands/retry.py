"""`castlist retry`: another attempt at a failed job."""

import asyncio
from argparse import Namespace

from castlist import topology
from castlist.bootstrap import Environment, client_environment, connected_bus
from castlist.codec.job_messages import encode_fact
from castlist.domain.jobs import JobRetried
from castlist.errors import UsageError
from castlist.ports import MessageBus
from cli.exit_codes import DONE
from cli.watching import read_job
from services.coordinator.algorithms.decide import Status

_WHY_NOT = {
    Status.DONE: "it is done; `castlist fetch` writes its results to a folder",
    Status.CANCELLED: "it was cancelled, which is final; submit the video again",
    Status.REJECTED: "its request was rejected and would be again; submit the video with a request that can be met",
    Status.RUNNING: "it has not failed, it runs; `castlist watch` shows how far it is",
    Status.WAITING: "it has not begun",
}


def execute(options: Namespace) -> int:
    """Retry; a job that runs again already goes on."""
    print(asyncio.run(_retry(options.job, client_environment())))
    return DONE


async def _retry(job_id: str, environment: Environment) -> str:
    async with connected_bus(environment) as bus:
        return await retry(bus, job_id)


async def retry(bus: MessageBus, job_id: str) -> str:
    """What to tell the user. Raises `UsageError` for a job that is unknown or has not failed."""
    state = (await read_job(bus, job_id)).state
    if state.status is Status.RUNNING and state.attempt > 0:
        return f"job {job_id} runs again already, attempt {state.attempt + 1}"
    if state.status is not Status.FAILED:
        raise UsageError(f"there is nothing to retry of job {job_id}: {_WHY_NOT[state.status]}")
    await bus.append(topology.event_subject(job_id, "job", 0), encode_fact(job_id, JobRetried(state.attempt + 1)))
    return f"job {job_id} runs again from where it failed, attempt {state.attempt + 2}; `castlist watch {job_id}` shows how far it is"
