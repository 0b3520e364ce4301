"""`python -m services.coordinator`"""

from castlist.domain.jobs import Stage
from castlist.measures import DEAD_TASKS, JOBS_ENDED, REPUBLISHED, begin_at_zero
from castlist.serving import Running, run_service
from services.coordinator.algorithms.decide import Status
from services.coordinator.deletion import DAY_S, Lifetimes
from services.coordinator.service import Coordinator


async def serve(running: Running) -> None:
    """Coordinate all jobs until told to stop."""
    running.vitals.says("")
    environment = running.environment
    for metric in (DEAD_TASKS, REPUBLISHED):
        begin_at_zero(running.measures, metric, "stage", Stage)
    begin_at_zero(running.measures, JOBS_ENDED, "status", (status for status in Status if status.is_terminal))
    lifetimes = Lifetimes(environment.retention_days * DAY_S or None, environment.tombstone_s)
    await Coordinator(running.bus, running.store, environment.sweep_s, running.measures, lifetimes).run(running.stop)


if __name__ == "__main__":
    raise SystemExit(run_service("coordinator", serve))
