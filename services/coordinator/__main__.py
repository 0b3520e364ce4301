"""`python -m services.coordinator`"""

from castlist.serving import Running, run_service
from services.coordinator.service import Coordinator


async def serve(running: Running) -> None:
    """Coordinate all jobs until told to stop."""
    running.vitals.says("")
    await Coordinator(running.bus, running.store, running.environment.sweep_s, running.measures).run(running.stop)


if __name__ == "__main__":
    raise SystemExit(run_service("coordinator", serve))
