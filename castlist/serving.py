"""Runs a service until SIGTERM or SIGINT: connections, probes, warm-up, logs. Used by entry points only."""

import asyncio
import logging
import os
import signal
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from dataclasses import dataclass

from castlist import __version__
from castlist.adapters.nats_bus import NatsBus
from castlist.bootstrap import Environment, connect_store, connected_bus, read_environment, traced
from castlist.errors import CastlistError, DependencyUnavailable, UsageError
from castlist.logs import configure_logging
from castlist.measures import BUILD_INFO, UNMEASURED, Measures
from castlist.ports import ObjectStore
from castlist.worker.assembly import Surroundings
from castlist.worker.objects import VerifiedReader
from castlist.worker.runtime import Timing, Worker
from castlist.worker.scratch import own_folder
from castlist.worker.stopping import unless_stopped
from castlist.worker.vitals import Vitals

log = logging.getLogger("castlist")

WRONG_SETTINGS, FAILED = 2, 5
"""Exit codes, as of the command line."""

LEAVE_S = 0.5
"""Time that threads have to end once the service has; one that still computes a task which went back is left."""

_RETRY_S = 1.0

if os.getpid() == 1:  # the first process of a container ignores a signal that it has no handler for, while it imports for seconds
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))


@dataclass(frozen=True, slots=True)
class Running:
    """What a running service is given."""

    environment: Environment
    store: ObjectStore
    bus: NatsBus
    stop: asyncio.Event
    vitals: Vitals
    measures: Measures


def run_worker(service: str, build: Callable[[Surroundings, Environment], Worker]) -> int:
    """Run a service's worker, once it is warm; returns the exit code."""

    async def serve(running: Running) -> None:
        environment = running.environment
        with own_folder(environment.scratch_folder) as folder, traced(environment, service) as tracer:
            surroundings = Surroundings(
                bus=running.bus,
                store=running.store,
                reader=VerifiedReader(running.store, folder, environment.local_copies_bytes),
                slots=environment.slots,
                timing=Timing(heartbeat_s=environment.ack_wait_s / 3, stop_grace_s=environment.stop_grace_s),
                failpoint=environment.failpoint,
                measures=running.measures,
                tracer=tracer,
                scratch=folder.with_name("made"),
            )
            worker = build(surroundings, environment)
            running.vitals.watch_threads(worker.stuck)
            running.vitals.says("starting: checks its rights")
            await unless_stopped(running.stop, worker.check_rights())
            running.vitals.says("starting: warms up")
            await unless_stopped(running.stop, _warm_up(worker))
            if not running.stop.is_set():
                running.vitals.says("")
                log.info("ready")
            await worker.run(running.stop)

    return run_service(service, serve)


def run_service(service: str, serve: Callable[[Running], Awaitable[None]]) -> int:
    """Read the environment, log as JSON, wait for the broker, run `serve` until a signal sets its `stop`.

    To be called once, last in a process, which it ends whatever its threads do.
    """
    try:
        environment = read_environment()
        configure_logging(environment.log_level, service)
        with _measured(environment.metrics_port, service) as measures:
            asyncio.run(_main(environment, measures, serve))
    except UsageError as error:
        print(f"castlist: {error}", file=sys.stderr)
        return WRONG_SETTINGS
    except CastlistError as error:
        log.critical("the service ends: %s", error)
        return FAILED
    return 0


async def _main(environment: Environment, measures: Measures, serve: Callable[[Running], Awaitable[None]]) -> None:
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    try:
        await _serve(environment, measures, stop, serve)
    except CastlistError as error:
        _leave_soon(WRONG_SETTINGS if isinstance(error, UsageError) else FAILED)
        raise
    log.info("stopped")
    _leave_soon(0)


async def _serve(environment: Environment, measures: Measures, stop: asyncio.Event, serve: Callable[[Running], Awaitable[None]]) -> None:
    store = connect_store(environment, measures)
    vitals = Vitals(store)
    with _probes_answered(environment.health_port, vitals):
        async with AsyncExitStack() as stack, _side_by_side(vitals.tick()):
            bus = await unless_stopped(stop, _connected(stack, environment, measures))
            if bus is not None:
                vitals.watch_store()
                async with _side_by_side(vitals.watch_broker(bus.ping), _not_ready_when(stop, vitals)):
                    await serve(Running(environment, store, bus, stop, vitals, measures))


@contextmanager
def _probes_answered(port: int | None, vitals: Vitals) -> Iterator[None]:
    if port is None:
        yield
        return
    try:
        from castlist.health import LIVENESS, READINESS, HealthServer  # noqa: PLC0415  optional
    except ImportError as error:
        raise UsageError("CASTLIST_HEALTH_PORT needs gRPC: pip install 'castlist[services]', or unset it") from error
    server = HealthServer(port, {LIVENESS: vitals.not_alive, READINESS: vitals.not_ready, "": vitals.not_ready})
    try:
        yield
    finally:
        vitals.end()
        server.close()


@contextmanager
def _measured(port: int | None, service: str) -> Iterator[Measures]:
    if port is None:
        yield UNMEASURED
        return
    try:
        from castlist.adapters.prometheus_measures import PrometheusMeasures  # noqa: PLC0415  optional
    except ImportError as error:
        raise UsageError("CASTLIST_METRICS_PORT needs prometheus-client: pip install 'castlist[services]', or unset it") from error
    measures = PrometheusMeasures()
    measures.set(BUILD_INFO, 1, version=__version__, service=service)
    measures.listen(port)
    try:
        yield measures
    finally:
        measures.close()


async def _connected(stack: AsyncExitStack, environment: Environment, measures: Measures) -> NatsBus:
    """The broker, as soon as there is one."""
    while True:
        try:
            return await stack.enter_async_context(connected_bus(environment, measures))
        except DependencyUnavailable as error:
            log.warning("waiting for the broker: %s", error)
            await asyncio.sleep(_RETRY_S)


async def _warm_up(worker: Worker) -> None:
    """A service that can't use its own model could do no task: it ends, and says why."""
    try:
        await worker.warm_up()
    except CastlistError as error:
        raise type(error)(f"the warm-up failed: {error}") from error


async def _not_ready_when(stop: asyncio.Event, vitals: Vitals) -> None:
    await stop.wait()
    vitals.says("stopping")


@asynccontextmanager
async def _side_by_side(*calls: Awaitable[None]) -> AsyncIterator[None]:
    """Run calls while the block runs; they end with it."""
    tasks = [asyncio.ensure_future(call) for call in calls]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _leave_soon(code: int) -> None:
    """End the process even if a thread goes on computing, or waits for a store that does not answer."""

    def leave() -> None:
        logging.shutdown()
        os._exit(code)

    timer = threading.Timer(LEAVE_S, leave)
    timer.daemon = True
    timer.start()
