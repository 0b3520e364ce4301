"""A worker put together from its surroundings and its handlers: what every service's `build` ends with."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from castlist.domain.jobs import Stage
from castlist.measures import UNMEASURED, Measures
from castlist.ports import Handler, MessageBus, ObjectReader, ObjectStore
from castlist.traces import UNTRACED, Tracer
from castlist.worker.execution import Executor
from castlist.worker.failpoints import Failpoint, no_failpoint
from castlist.worker.fingerprint import code_digest
from castlist.worker.runtime import Timing, WarmUp, Work, Worker


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a worker is given: adapters, timing and, in tests, a failpoint. `slots` is for heavy stages.

    `scratch` is a folder for large files that a task makes, made when needed; the system's own where there is none.
    """

    bus: MessageBus
    store: ObjectStore
    reader: ObjectReader
    slots: int = 1
    timing: Timing = field(default_factory=Timing)
    failpoint: Failpoint = no_failpoint
    measures: Measures = UNMEASURED
    tracer: Tracer = UNTRACED
    scratch: Path | None = None


Handlers = Mapping[Stage, tuple[Handler, int]]
"""What computes each stage of a worker, and in how many slots."""


def assemble(
    surroundings: Surroundings, package: str, handlers: Handlers, warm_up: WarmUp = lambda: None, *, digest: str | None = None
) -> Worker:
    """A worker for some stages; `package` is the service, whose code is part of every fingerprint.

    `digest` stands in for that code where a result is not the code's doing.
    `warm_up` loads what the first task will most likely need, through the handlers that will be asked for it.
    """
    digest = code_digest("castlist", package) if digest is None else digest
    works = [
        Work(stage, Executor(handler, surroundings.store, surroundings.reader, digest, surroundings.failpoint, surroundings.tracer), slots)
        for stage, (handler, slots) in handlers.items()
    ]
    return Worker(
        surroundings.bus, works, surroundings.timing, warm_up, surroundings.measures, package.rpartition(".")[2], surroundings.tracer
    )
