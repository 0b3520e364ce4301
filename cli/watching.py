"""A job's log, followed and folded: the states that the progress display and the exit code come from."""

from collections.abc import AsyncIterator

from castlist import topology
from castlist.codec.job_messages import decode_event, decode_request
from castlist.domain.jobs import TaskDone
from castlist.errors import UsageError
from castlist.ports import MessageBus
from services.coordinator.algorithms.decide import JobState, job_state
from services.coordinator.algorithms.ledger import Ledger


class JobView:
    """What a client knows of a job."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    @property
    def state(self) -> JobState:
        return job_state(self._ledger)

    @property
    def runs(self) -> list[TaskDone]:
        """The runs whose results count."""
        return self._ledger.all_done()


async def follow_job(bus: MessageBus, job_id: str) -> AsyncIterator[JobView]:
    """The job after each of its events, until it has ended. Raises `UsageError` when there is no such job."""
    ledger = await _accepted(bus, job_id)
    view = JobView(ledger)
    yield view
    if view.state.status.is_terminal:
        return
    async for entry in bus.follow(topology.job_events_filter(job_id)):
        ledger.add(decode_event(entry.payload, entry.sequence))
        if entry.pending == 0:
            yield view
            if view.state.status.is_terminal:
                return


async def read_job(bus: MessageBus, job_id: str) -> JobView:
    """The job as it stands now. Raises `UsageError` when there is no such job."""
    ledger = await _accepted(bus, job_id)
    for entry in await bus.read(topology.job_events_filter(job_id)):
        ledger.add(decode_event(entry.payload, entry.sequence))
    return JobView(ledger)


async def _accepted(bus: MessageBus, job_id: str) -> Ledger:
    if not topology.is_job_id(job_id):
        raise UsageError(f"{job_id!r} is no job id: 1 to 64 of a-z, 0-9 and hyphen")
    entries = await bus.read(topology.job_subject(job_id))
    if not entries:
        raise UsageError(f"there is no job {job_id!r} on this broker; `castlist submit VIDEO` prints the id of a new one")
    return Ledger(request=decode_request(entries[0].payload))
