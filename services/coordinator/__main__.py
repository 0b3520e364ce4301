"""`python -m services.coordinator`"""

import asyncio

from castlist.bootstrap import Environment, connect_store, connected_bus, run_service
from services.coordinator.service import Coordinator


async def serve(environment: Environment, stop: asyncio.Event) -> None:
    """Coordinate all jobs until told to stop."""
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        await Coordinator(bus, store, environment.sweep_s).run(stop)


if __name__ == "__main__":
    raise SystemExit(run_service(serve))
