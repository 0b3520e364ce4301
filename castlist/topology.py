"""Every stream, subject, consumer and object key, and who writes and reads it.

| stream | subjects                                    | kept as    | written by              | read by              |
|--------|---------------------------------------------|------------|-------------------------|----------------------|
| JOBS   | castlist.job.<job>                          | log        | clients                 | coordinators         |
| TASKS  | castlist.task.<stage>.<job>.<index>         | work queue | coordinators            | workers of the stage |
| EVENTS | castlist.event.<job>.<stage>.<index>        | log        | workers, coordinators   | everyone             |
| DEAD   | the broker's max-deliveries advisories      | work queue | the broker              | coordinators         |

Job-level facts use the pseudo stage `job`: index 0 for rejected, cancelled and retried, its number for an edit.

Who may do what: `castlist.rights`.
"""

import re

JOBS_STREAM = "JOBS"
TASKS_STREAM = "TASKS"
EVENTS_STREAM = "EVENTS"
DEAD_STREAM = "DEAD"
STREAMS = (JOBS_STREAM, TASKS_STREAM, EVENTS_STREAM, DEAD_STREAM)

JOBS_FILTER = "castlist.job.*"
TASKS_FILTER = "castlist.task.>"
EVENTS_FILTER = "castlist.event.>"
DEAD_FILTER = f"$JS.EVENT.ADVISORY.CONSUMER.MAX_DELIVERIES.{TASKS_STREAM}.*"

WORKERS_SUBJECT = "castlist.workers"
"""Whoever asks here (core NATS, no stream) is answered by every running service."""

DEAD_KIND = "dead"
MAX_MESSAGE_BYTES = 1 << 20
"""Longest message that a bus takes: NATS's default."""

TOMBSTONES = "tombstones/"
"""Folder in the object store with an empty object for each deleted job, while something may still come of it."""

TASK_KINDS = ("fetch", "plan", "detect", "track", "pick", "embed", "group", "compare", "cast", "report")

_JOB_ID = re.compile(r"[a-z0-9-]{1,64}")


def is_job_id(text: str) -> bool:
    """Job ids are safe in subjects, keys and file names: 1 to 64 of a-z, 0-9 and hyphen."""
    return _JOB_ID.fullmatch(text) is not None


def _checked(job_id: str) -> str:
    if not is_job_id(job_id):
        raise ValueError(f"not a job id: {job_id!r}")
    return job_id


def job_subject(job_id: str) -> str:
    return f"castlist.job.{_checked(job_id)}"


def task_subject(stage: str, job_id: str, index: int) -> str:
    return f"castlist.task.{stage}.{_checked(job_id)}.{index}"


def task_filter(stage: str) -> str:
    return f"castlist.task.{stage}.>"


def job_tasks_filter(job_id: str) -> str:
    return f"castlist.task.*.{_checked(job_id)}.>"


def event_subject(job_id: str, stage: str, index: int) -> str:
    return f"castlist.event.{_checked(job_id)}.{stage}.{index}"


def job_events_filter(job_id: str) -> str:
    return f"castlist.event.{_checked(job_id)}.>"


def job_level_filter(job_id: str) -> str:
    return f"castlist.event.{_checked(job_id)}.job.>"


def kind_of_task(subject: str) -> str:
    """Task kind of a task subject. Raises `ValueError` for a subject that no worker reads."""
    tokens = subject.split(".")
    if stream_of_subject(subject) != TASKS_STREAM or tokens[2] not in TASK_KINDS:
        raise ValueError(f"no worker reads subject {subject!r}")
    return tokens[2]


def subject_matches(subject_filter: str, subject: str) -> bool:
    """Whether a subject matches a filter as in NATS: `*` stands for one token, a final `>` for one or more."""
    wanted, tokens = subject_filter.split("."), subject.split(".")
    if wanted[-1] == ">":
        wanted.pop()
        if len(tokens) <= len(wanted):
            return False
        tokens = tokens[: len(wanted)]
    return len(wanted) == len(tokens) and all(want in ("*", token) for want, token in zip(wanted, tokens, strict=True))


def job_of_subject(subject: str) -> str:
    """Job id of an intake or event subject."""
    return subject.split(".")[2]


def subject_template(subject: str) -> str:
    """The subject with placeholders for job and index: as many templates as there are kinds of messages."""
    match subject.split("."):
        case [head, "task", stage, _, _]:
            return f"{head}.task.{stage}.{{job}}.{{index}}"
        case [head, "event", _, stage, _]:
            return f"{head}.event.{{job}}.{stage}.{{index}}"
        case [head, "job", _]:
            return f"{head}.job.{{job}}"
    raise ValueError(f"subject {subject!r} has no template")


def consumer_name(kind: str) -> str:
    """Durable consumer of a task kind, or of the dead tasks (`DEAD_KIND`)."""
    return f"castlist-{kind}"


def stream_of_subject(subject: str) -> str:
    """Stream that owns a subject or filter."""
    for head, stream in (("castlist.job.", JOBS_STREAM), ("castlist.task.", TASKS_STREAM), ("castlist.event.", EVENTS_STREAM)):
        if subject.startswith(head):
            return stream
    raise ValueError(f"no stream owns subject {subject!r}")


def job_prefix(job_id: str) -> str:
    return f"jobs/{_checked(job_id)}/"


def request_key(job_id: str) -> str:
    return f"{job_prefix(job_id)}request"


def source_key(job_id: str) -> str:
    return f"{job_prefix(job_id)}source"


def edits_prefix(job_id: str) -> str:
    return f"{job_prefix(job_id)}edits/"


def edit_key(job_id: str, number: int, sha256: str) -> str:
    """Editors who want the same number store beside each other, not over each other: which edit counts is said by the log."""
    return f"{edits_prefix(job_id)}{number}/{sha256}"


def stage_prefix(job_id: str, stage: str) -> str:
    return f"{job_prefix(job_id)}{stage}/"


def data_key(job_id: str, stage: str, index: int, sha256: str, name: str) -> str:
    """Data objects are named by what they contain."""
    return f"{stage_prefix(job_id, stage)}{index}/{sha256[:32]}/{name}"


def manifest_key(job_id: str, stage: str, index: int, fingerprint: str) -> str:
    """The commit point of a task, named by everything its result depends on."""
    return f"{stage_prefix(job_id, stage)}{index}/manifest-{fingerprint[:32]}"


def tombstone_key(job_id: str) -> str:
    """Outside the job's prefix, so that it outlives the job's objects."""
    return f"{TOMBSTONES}{_checked(job_id)}"
