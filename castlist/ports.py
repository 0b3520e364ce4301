"""What Castlist needs from a broker, an object store and a stage: the only seams to the outside.

One contract suite (`tests/contract/`) holds every adapter to the behaviour that is stated here.
"""

from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from castlist.domain.jobs import ObjectRef, Task

Headers = Mapping[str, str]
"""What travels beside a message and is no part of it: the trace that it belongs to."""


@dataclass(frozen=True, slots=True)
class LogEntry:
    """One message of a log.

    `sequence` starts at 1 and grows by at least 1 from entry to entry of a log;
    `pending` is the number of later entries that match the same filter and wait to be read;
    `unix_s` is when the log took it, by the broker's clock.
    """

    sequence: int
    subject: str
    payload: bytes
    pending: int
    unix_s: float
    headers: Headers = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeadTask:
    """A task that was delivered as often as the broker allows and is out of the queue now."""

    subject: str
    payload: bytes
    delivery_count: int


@dataclass(frozen=True, slots=True)
class QueueState:
    """Tasks of one kind: never delivered; delivered and not finished, of which some more than once; out of deliveries.

    `oldest_unix_s` is when the oldest of all of them was queued, by the broker's clock; None if there is none.
    """

    kind: str
    waiting: int
    in_hand: int
    redelivered: int
    dead: int
    oldest_unix_s: float | None


@dataclass(frozen=True, slots=True)
class StreamState:
    """How much the broker holds of a stream."""

    name: str
    messages: int
    bytes: int


class Delivery(Protocol):
    """One task in hand. Redelivered unless acknowledged or kept with `in_progress` within the ack wait."""

    @property
    def subject(self) -> str: ...

    @property
    def payload(self) -> bytes: ...

    @property
    def delivery_count(self) -> int:
        """1 at the first delivery of this message."""

    @property
    def headers(self) -> Headers:
        """What was published beside the payload."""

    async def ack(self) -> None:
        """Finish the task; returns when the broker has confirmed it. A late or second ack is no error."""

    async def nak(self, delay_s: float) -> None:
        """Hand the task back; it is delivered again after `delay_s` seconds."""

    async def in_progress(self) -> None:
        """Restart the ack wait."""


class MessageBus(Protocol):
    """A work queue with at most one message a subject, and append-only logs.

    Streams and subjects are those of `castlist.topology`. Every method raises
    `DependencyUnavailable` when the broker does not answer and `AccessDenied` when it refuses.
    """

    async def publish_task(self, subject: str, payload: bytes, headers: Headers | None = None) -> bool:
        """Queue a task. False, and nothing changes, while that subject is queued or in hand.

        A queue that is full for another reason raises `DependencyUnavailable`.
        """

    async def fetch_task(self, kind: str, timeout_s: float) -> Delivery | None:
        """Take one task of a kind (a stage's name), oldest first; None if none came within `timeout_s`.

        Cancelling loses no task.
        """

    async def fetch_dead_task(self, timeout_s: float) -> DeadTask | None:
        """Take a task that used up its deliveries out of the queue, which frees its subject.

        That it did so is noticed at the latest when a task of its kind is fetched.
        """

    async def append(self, subject: str, payload: bytes, *, only_first: bool = False, headers: Headers | None = None) -> int:
        """Append to the log that owns `subject`; returns the sequence once the broker holds it.

        Raises `AlreadyExists` when `only_first` and the log has a message on that subject.
        """

    async def check_append(self, subject: str) -> None:
        """Raise what `append` would raise for want of rights; appends nothing."""

    def follow(self, subject_filter: str, from_sequence: int = 1) -> AsyncIterator[LogEntry]:
        """Replay the log that owns the filter from a sequence on, then go on with what comes, for ever.

        Subjects match as in NATS (`*` one token, `>` the rest). Order is the log's. Waits while the
        broker is away and goes on without gap or repetition; ends when the bus is closed. Raises
        `LogRestarted` when the log's newest sequence lies before `from_sequence - 1` or went back.
        """

    async def read(self, subject_filter: str) -> list[LogEntry]:
        """Replay what the log holds now, and end."""

    async def count(self, subject_filter: str, after_sequence: int = 0) -> int:
        """How many entries of the log match and come after a sequence."""

    async def discard_tasks(self, job_id: str) -> None:
        """Remove a job's queued tasks; those in hand end as if they were there."""

    async def purge_job(self, job_id: str) -> int:
        """Remove a job's queued tasks, events and intake message; returns how many messages there were."""

    async def count_tasks(self, job_id: str) -> int:
        """How many tasks of a job are queued, in hand or dead."""

    async def queue_states(self) -> list[QueueState]:
        """One for each kind of task, in the order of `topology.TASK_KINDS`."""

    async def stream_states(self) -> list[StreamState]:
        """One for each stream, in the order of `topology.STREAMS`."""

    async def ask_services(self, timeout_s: float) -> list[bytes]:
        """What every service that is there says of itself within `timeout_s`, in any order."""

    def answering(self, say: Callable[[], bytes]) -> AbstractAsyncContextManager[None]:
        """While it is entered, whoever asks the services is told what `say` returns."""

    async def close(self) -> None:
        """Stop reading, hand back nothing, and disconnect. Whatever is called later raises `DependencyUnavailable`."""


@dataclass(frozen=True, slots=True)
class ObjectInfo:
    """Key and length in bytes of a stored object, and when it was stored, by the store's clock."""

    key: str
    length: int
    stored_unix_s: float = field(default=0.0, compare=False)


class ObjectStore(Protocol):
    """Objects by key, `/`-separated. Writing a key again replaces it whole; a reader sees old or new, never a mix.

    Synchronous: called from worker threads. Raises `DependencyUnavailable` when the store does not
    answer, `AccessDenied` when it refuses, `ObjectMissing` when a key has no object.
    """

    def put(self, key: str, data: bytes) -> None: ...

    def put_file(self, key: str, path: Path) -> None:
        """Store a file's content without holding it in memory."""

    def get(self, key: str) -> bytes: ...

    def get_range(self, key: str, start: int, length: int) -> bytes:
        """`length` bytes from `start`; fewer only at the object's end."""

    def get_file(self, key: str, path: Path) -> None:
        """Write an object's content to a local file, which appears whole or not at all."""

    def stat(self, key: str) -> ObjectInfo | None:
        """None when there is no such object."""

    def list(self, prefix: str) -> Iterator[ObjectInfo]:
        """Objects whose key starts with `prefix`, by key."""

    def list_folders(self, prefix: str) -> Iterator[str]:
        """Names between a prefix that ends in `/` and the next `/`, each once, sorted."""

    def delete(self, key: str) -> None:
        """Deleting what is not there is no error."""

    def delete_prefix(self, prefix: str) -> int:
        """Delete every object below a prefix that ends in `/`; returns how many there were."""


@dataclass(frozen=True, slots=True)
class ObjectPart:
    """`length` bytes of an object from `start`; `digest` is the beginning of their SHA-256, 16 bytes at least."""

    start: int
    length: int
    digest: bytes


class ObjectReader(Protocol):
    """What a handler may read: objects by reference, checked against length and SHA-256.

    Raises `ObjectCorrupt` when the bytes differ from the reference.
    """

    def read(self, ref: ObjectRef) -> bytes: ...

    def local_path(self, ref: ObjectRef) -> Path:
        """A local file with the object's content, kept for later calls; not to be written to."""

    def read_parts(self, ref: ObjectRef, parts: Sequence[ObjectPart]) -> list[bytes]:
        """Some parts without the rest of the object, each checked against its own digest. In the order asked for."""


@dataclass(frozen=True, slots=True)
class Output:
    """One object that a task produced. `published` objects go to the user's output folder under their name.

    `transient` ones are deleted once the tasks that read them are done.
    """

    name: str
    data: bytes
    published: bool = False
    transient: bool = False


@dataclass(frozen=True, slots=True)
class FileOutput:
    """An output too large for memory, in a file that stays until the next one is asked for; `sha256` is that of its content."""

    name: str
    path: Path
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class TaskResult:
    """What a handler returns: objects, counts for progress and fan-out, and warnings for the user.

    Deterministic: the same task gives the same bytes, whoever computes it. Outputs may be made one by one while
    they are stored; counts and warnings are read after the last of them.
    """

    outputs: Iterable[Output]
    counts: Mapping[str, int] = field(default_factory=dict)
    warnings: Sequence[str] = ()
    files: Iterable[FileOutput] = ()


class Handler(Protocol):
    """One stage's computation. Synchronous, called in a worker thread, several at once if the slots allow.

    Raises `InputError` or `TaskFailed` to end the job with a reason, `NotReadyForTask` to leave the
    task to another worker; `DependencyUnavailable` passes through.
    """

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult: ...
