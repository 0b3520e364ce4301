"""`castlist cancel`: the end of a job that runs."""

import asyncio
from argparse import Namespace

from castlist import topology
from castlist.bootstrap import Environment, client_environment, connected_bus
from castlist.codec.job_messages import encode_fact
from castlist.domain.jobs import JobCancelled
from castlist.errors import UsageError
from castlist.ports import MessageBus
from cli.exit_codes import DONE
from cli.watching import read_job
from services.coordinator.algorithms.decide import Status


def execute(options: Namespace) -> int:
    """Cancel; a job that is cancelled already stays so."""
    print(asyncio.run(_cancel(options.job, client_environment())))
    return DONE


async def _cancel(job_id: str, environment: Environment) -> str:
    async with connected_bus(environment) as bus:
        return await cancel(bus, job_id)


async def cancel(bus: MessageBus, job_id: str) -> str:
    """What to tell the user. Raises `UsageError` for a job that is unknown or has ended otherwise."""
    view = await read_job(bus, job_id)
    status = view.state.status
    if status is Status.CANCELLED:
        return f"job {job_id} was cancelled before"
    if status.is_terminal:
        raise UsageError(f"job {job_id} has ended already, it is {status}; `castlist delete {job_id}` removes it")
    if view.was_done:
        raise UsageError(f"job {job_id} is done and makes revision {view.state.revision}: `castlist undo {job_id}` takes the edit back")
    await bus.append(topology.event_subject(job_id, "job", 0), encode_fact(job_id, JobCancelled()))
    return f"job {job_id} is cancelled; what is in hand of it ends unused, `castlist delete {job_id}` removes what is stored"
