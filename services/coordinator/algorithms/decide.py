"""The coordinator's decision: a job's facts -> its state, and the tasks that should exist now.

No clock, no I/O, no randomness. Cancelled dominates; then rejected, done, failed, running.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from castlist import topology
from castlist.domain.jobs import REVISED, FailureKind, JobRequest, NamedObject, Stage, Task, TaskDone, TaskFailure
from castlist.domain.resolving import resolve
from castlist.domain.source_url import parse_source_url
from castlist.errors import UsageError
from services.coordinator.algorithms.ledger import Ledger
from services.coordinator.algorithms.wiring import ORDER, QUEUED_PER_JOB, outstanding, task_count, warnings

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
    """Where the job stands and its outstanding tasks; `rejection` is the reason why the request should be rejected, if it should."""

    status: Status
    tasks: tuple[Task, ...] = ()
    rejection: str | None = None


def decide(ledger: Ledger, window: int = QUEUED_PER_JOB) -> Decision:
    """Decide on one job from its facts, in a time that does not grow with their number.

    `window` bounds the tasks of a stage that are outstanding at a time.
    """
    request = ledger.request
    if request is None:
        return Decision(_without_request(ledger).status)
    fault = request_fault(request)
    status, _, _ = _verdict(ledger, request, fault)
    tasks = tuple(outstanding(ledger, request, window)) if status is Status.RUNNING else ()
    return Decision(status, tasks, rejection=fault if ledger.rejection is None else None)


def job_state(ledger: Ledger) -> JobState:
    """All there is to say about one job, from its facts."""
    request = ledger.request
    if request is None:
        return _without_request(ledger)
    status, reason, kind = _verdict(ledger, request, request_fault(request))
    return JobState(
        status=status,
        reason=reason,
        failure_kind=kind,
        attempt=ledger.attempt,
        revision=ledger.revision,
        progress=_progress(ledger, request),
        warnings=warnings(ledger),
        outputs=_published(ledger, request),
    )


def _without_request(ledger: Ledger) -> JobState:
    """Of a job whose request has not come yet, or can't be read."""
    if ledger.cancelled:
        return JobState(Status.CANCELLED, "cancelled")
    return JobState(Status.WAITING) if ledger.rejection is None else JobState(Status.REJECTED, ledger.rejection)


def _verdict(ledger: Ledger, request: JobRequest, fault: str | None) -> tuple[Status, str, FailureKind | None]:
    rejection = ledger.rejection or fault
    failures = fatal_failures(ledger)
    if ledger.cancelled:
        return Status.CANCELLED, "cancelled", None
    if rejection is not None:
        return Status.REJECTED, rejection, None
    if _is_done(ledger, request):
        return Status.DONE, "", None
    if failures:
        return Status.FAILED, failures[0].reason, failures[0].kind
    return Status.RUNNING, "", None


def request_fault(request: JobRequest) -> str | None:
    """Why a request can't be accepted, None if it can."""
    try:
        resolve(request.overrides, request.settings)
    except UsageError as fault:
        return str(fault)
    if not topology.is_job_id(request.job_id):
        return f"job id {request.job_id!r} is not 1 to 64 of a-z, 0-9 and hyphen"
    return _source_fault(request)


def _source_fault(request: JobRequest) -> str | None:
    source = request.source
    if source is None:
        return _url_fault(request.source_url)
    if request.source_url:
        return "the request names a stored video and an address as well: one of the two is enough"
    if request.until is Stage.FETCH:
        return "there is nothing to fetch, the video is handed in: name a later stage as the last one"
    if source.key != topology.source_key(request.job_id):
        return f"the video must be stored under {topology.source_key(request.job_id)!r}, not {source.key!r}"
    if len(source.sha256) != 64 or source.length < 0:
        return "the request must state the video's SHA-256 and its length in bytes"
    return None


def _url_fault(url: str) -> str | None:
    if not url:
        return "the request names no video, neither a stored one nor an https address"
    try:
        parse_source_url(url)
    except UsageError as fault:
        return str(fault)
    return None


def _is_done(ledger: Ledger, request: JobRequest) -> bool:
    if request.until in REVISED:
        return ledger.revision in ledger.done[request.until]
    total = task_count(ledger, request.until)
    return total is not None and ledger.first_undone(request.until) >= total


def fatal_failures(ledger: Ledger) -> list[TaskFailure]:
    """The failures that end the job, the permanent ones first, then by stage and index; none where it goes on."""
    live = [failure for failure in ledger.failures.values() if _counts(ledger, failure)]
    live.sort(key=lambda failure: (ORDER.index(failure.stage), failure.index, failure.attempt, failure.delivery_count))
    tries = Counter((failure.stage, failure.index) for failure in live)
    fatal = [failure for failure in live if failure.permanent]
    fatal += [failure for failure in live if not failure.permanent and tries[failure.stage, failure.index] >= MAX_TRIES]
    return fatal


def _counts(ledger: Ledger, failure: TaskFailure) -> bool:
    """Whether a failure may end the job: none of an attempt, a task or a revision that is over."""
    if failure.stage in REVISED and failure.index != ledger.revision:
        return False
    return failure.attempt >= ledger.attempt and failure.index not in ledger.done[failure.stage]


def _progress(ledger: Ledger, request: JobRequest) -> dict[Stage, Progress]:
    first = ORDER.index(Stage.FETCH if request.source is None else Stage.PLAN)
    stages = ORDER[first : ORDER.index(request.until) + 1]
    progress = {}
    for stage in stages:
        finished = _counting(ledger, stage)
        counts: Counter[str] = Counter()
        for done in finished:
            counts.update(done.counts)
        progress[stage] = Progress(len(finished), task_count(ledger, stage), sum(done.reused for done in finished), counts)
    return progress


def _published(ledger: Ledger, request: JobRequest) -> tuple[NamedObject, ...]:
    newest = max(ledger.done[request.until], default=0) if request.until in REVISED else 0
    counting = (done for done in ledger.all_done() if done.stage not in REVISED or done.index == newest)
    return tuple(item for done in counting for item in done.outputs if item.published)


def _counting(ledger: Ledger, stage: Stage) -> list[TaskDone]:
    """Finished tasks of a stage; of stages that run again after an edit only that of the present revision."""
    done = ledger.done[stage]
    return [done[index] for index in done if stage not in REVISED or index == ledger.revision]
