"""The coordinator's decision: a job's facts -> its state, and the tasks that should exist now.

No clock, no I/O, no randomness. Cancelled dominates; then rejected, done, failed, running.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from castlist import topology
from castlist.domain.jobs import FailureKind, JobRequest, NamedObject, Stage, Task, TaskFailure
from castlist.domain.parameters import resolve
from castlist.errors import UsageError
from services.coordinator.algorithms.ledger import Ledger
from services.coordinator.algorithms.wiring import ORDER, outstanding, task_count, warnings

MAX_TRIES = 3
"""Failures that are not permanent before a task fails its job."""


class Status(StrEnum):
    """Where a job stands. All but `waiting` and `running` are terminal, unless retried or edited."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    REJECTED = "rejected"
    CANCELLED = "cancelled"

    @property
    def is_terminal(self) -> bool:
        return self not in (Status.WAITING, Status.RUNNING)


@dataclass(frozen=True, slots=True)
class Progress:
    """Tasks of a stage that are done; `total` is None while it is not known. `counts` are summed over them."""

    done: int
    total: int | None
    reused: int
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class JobState:
    """What anyone may want to know of a job. `outputs` are the published objects, those of the newest report included."""

    status: Status
    reason: str = ""
    failure_kind: FailureKind | None = None
    attempt: int = 0
    revision: int = 0
    progress: Mapping[Stage, Progress] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    outputs: tuple[NamedObject, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """State and outstanding tasks; `rejection` is the reason why the request should be rejected, if it should."""

    state: JobState
    tasks: tuple[Task, ...] = ()
    rejection: str | None = None


def decide(ledger: Ledger) -> Decision:
    """Decide on one job from its facts."""
    request = ledger.request
    if request is None:
        return Decision(JobState(Status.CANCELLED if ledger.cancelled else Status.WAITING))
    fault = request_fault(request)
    status, reason, kind = _verdict(ledger, request, fault)
    tasks = tuple(outstanding(ledger, request)) if status is Status.RUNNING else ()
    state = JobState(
        status=status,
        reason=reason,
        failure_kind=kind,
        attempt=ledger.attempt,
        revision=ledger.revision,
        progress=_progress(ledger, request),
        warnings=warnings(ledger),
        outputs=_published(ledger),
    )
    return Decision(state, tasks, rejection=fault if ledger.rejection is None else None)


def _verdict(ledger: Ledger, request: JobRequest, fault: str | None) -> tuple[Status, str, FailureKind | None]:
    rejection = ledger.rejection or fault
    failure = _fatal_failure(ledger)
    if ledger.cancelled:
        return Status.CANCELLED, "cancelled", None
    if rejection is not None:
        return Status.REJECTED, rejection, None
    if _is_done(ledger, request):
        return Status.DONE, "", None
    if failure is not None:
        return Status.FAILED, failure.reason, failure.kind
    return Status.RUNNING, "", None


def request_fault(request: JobRequest) -> str | None:
    """Why a request can't be accepted, None if it can."""
    try:
        resolve(request.overrides)
    except UsageError as fault:
        return str(fault)
    if not topology.is_job_id(request.job_id):
        return f"job id {request.job_id!r} is not 1 to 64 of a-z, 0-9 and hyphen"
    source = request.source
    if source.key != topology.source_key(request.job_id):
        return f"the video must be stored under {topology.source_key(request.job_id)!r}, not {source.key!r}"
    if len(source.sha256) != 64 or source.length < 0:
        return "the request must state the video's SHA-256 and its length in bytes"
    return None


def _is_done(ledger: Ledger, request: JobRequest) -> bool:
    if request.until is Stage.REPORT:
        return (Stage.REPORT, ledger.revision) in ledger.done
    total = task_count(ledger, request.until)
    return total is not None and all((request.until, index) in ledger.done for index in range(total))


def _fatal_failure(ledger: Ledger) -> TaskFailure | None:
    """The failure that ends the job: of the earliest stage and index, permanent ones first."""
    live = [
        failure
        for name, failure in sorted(ledger.failures.items(), key=lambda item: (ORDER.index(item[0][0]), item[0][1:]))
        if failure.attempt >= ledger.attempt and (failure.stage, failure.index) not in ledger.done
    ]
    tries = Counter((failure.stage, failure.index) for failure in live)
    fatal = [failure for failure in live if failure.permanent]
    fatal += [failure for failure in live if tries[failure.stage, failure.index] >= MAX_TRIES]
    return fatal[0] if fatal else None


def _progress(ledger: Ledger, request: JobRequest) -> dict[Stage, Progress]:
    stages = ORDER[: ORDER.index(request.until) + 1]
    progress = {}
    for stage in stages:
        finished = [done for (kind, _), done in ledger.done.items() if kind is stage]
        counts: Counter[str] = Counter()
        for done in finished:
            counts.update(done.counts)
        progress[stage] = Progress(len(finished), task_count(ledger, stage), sum(done.reused for done in finished), counts)
    return progress


def _published(ledger: Ledger) -> tuple[NamedObject, ...]:
    newest = max((index for stage, index in ledger.done if stage is Stage.REPORT), default=0)
    ordered = sorted(ledger.done.items(), key=lambda item: (ORDER.index(item[0][0]), item[0][1]))
    return tuple(
        item for (stage, index), done in ordered if stage is not Stage.REPORT or index == newest for item in done.outputs if item.published
    )
