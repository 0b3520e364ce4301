"""Jobs, tasks and events: what the coordinator decides on. Immutable, free of any wire format."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

ParameterValue = bool | int | float | str


class Stage(StrEnum):
    """The stages of a job, in the order in which they run; `fetch` is only of jobs whose video is on the web."""

    FETCH = "fetch"
    PLAN = "plan"
    DETECT = "detect"
    TRACK = "track"
    PICK = "pick"
    EMBED = "embed"
    GROUP = "group"
    COMPARE = "compare"
    CAST = "cast"
    REPORT = "report"


REVISED = (Stage.COMPARE, Stage.CAST, Stage.REPORT)
"""The stages that run again after each edit; the index of their tasks is the revision, which counts the edits."""


@dataclass(frozen=True, slots=True)
class ObjectRef:
    """A stored object: key, length in bytes, SHA-256 as 64 hex digits."""

    key: str
    length: int
    sha256: str


@dataclass(frozen=True, slots=True)
class NamedObject:
    """A task's input or output under the name its stage gives it.

    `published` outputs are placed in the user's output folder under that name; `transient` ones are deleted once the tasks
    that read them are done.
    """

    name: str
    ref: ObjectRef
    published: bool = False
    transient: bool = False


@dataclass(frozen=True, slots=True)
class Parameter:
    """A resolved parameter and its source: `request`, `environment`, `profile fast_cpu`, `file castlist.toml` or `default`."""

    value: ParameterValue
    source: str


@dataclass(frozen=True, slots=True)
class Settings:
    """What stands behind a request's own values, each `stage.name` to text: environment before profile before file.

    `profile` is one of Castlist's own (`castlist.domain.profiles`), or one of the user's, whose `profile_values` come along.
    `file_name` is the configuration file's, without its folder.
    """

    environment: Mapping[str, str] = field(default_factory=dict)
    profile: str = ""
    profile_values: Mapping[str, str] = field(default_factory=dict)
    file_values: Mapping[str, str] = field(default_factory=dict)
    file_name: str = ""


NO_SETTINGS = Settings()


@dataclass(frozen=True, slots=True)
class JobRequest:
    """What a client asks for. `file_name` is for display only; `overrides` maps `stage.name` to text.

    The video is in the store as `source`, or else fetched from `source_url`, whose query may be a secret.
    `until` is the last stage to run; `settings` hold where the overrides say nothing.
    """

    job_id: str
    source: ObjectRef | None
    file_name: str
    overrides: Mapping[str, str] = field(default_factory=dict)
    until: Stage = Stage.REPORT
    settings: Settings = NO_SETTINGS
    source_url: str = ""


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of work. Complete in itself: a worker needs nothing but the task and the store.

    `inputs` come in the order in which the coordinator wires them (`services.coordinator.algorithms.wiring`);
    `attempt` counts the retries that the user asked for, from 0; `warnings` are those of all earlier
    tasks, for `report` only.
    """

    job_id: str
    stage: Stage
    index: int
    attempt: int
    parameters: Mapping[str, Parameter]
    inputs: tuple[NamedObject, ...]
    warnings: tuple[str, ...] = ()

    def refs(self, name: str) -> tuple[ObjectRef, ...]:
        """References of all inputs of a name, in order."""
        return tuple(item.ref for item in self.inputs if item.name == name)

    def ref(self, name: str) -> ObjectRef:
        """Reference of the one input of a name. Raises `KeyError` if there is none or more than one."""
        found = self.refs(name)
        if len(found) != 1:
            raise KeyError(f"{self.stage} task {self.index} has {len(found)} inputs named {name!r}, expected one")
        return found[0]


@dataclass(frozen=True, slots=True)
class TaskDone:
    """A task finished. Everything after `warnings` is for people and `timings.json`, never for a result."""

    stage: Stage
    index: int
    attempt: int
    outputs: tuple[NamedObject, ...]
    counts: Mapping[str, int]
    warnings: tuple[str, ...]
    delivery_count: int = 1
    reused: bool = False
    worker: str = ""
    started_unix_s: float = 0.0
    finished_unix_s: float = 0.0

    def refs(self, name: str) -> tuple[ObjectRef, ...]:
        """References of all outputs of a name, in order."""
        return tuple(item.ref for item in self.outputs if item.name == name)


class FailureKind(StrEnum):
    """Why a task failed, which decides the exit code."""

    INPUT = "input"
    TASK = "task"
    BUG = "bug"
    DEAD_LETTER = "dead_letter"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """A try of a task failed. `permanent` ends the job; else the try counts towards the limit."""

    stage: Stage
    index: int
    attempt: int
    delivery_count: int
    kind: FailureKind
    permanent: bool
    reason: str


@dataclass(frozen=True, slots=True)
class JobRejected:
    """The request failed validation."""

    reason: str


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """The user cancelled; nothing comes after it."""


@dataclass(frozen=True, slots=True)
class JobRetried:
    """The user asked for another attempt; failures of earlier attempts no longer count."""

    attempt: int


@dataclass(frozen=True, slots=True)
class ResultEdited:
    """Edit number `revision`, from 1, is stored under `edit`; the report of that revision includes edits 1..revision."""

    revision: int
    edit: ObjectRef


Fact = TaskDone | TaskFailure | JobRejected | JobCancelled | JobRetried | ResultEdited


@dataclass(frozen=True, slots=True)
class Event:
    """A fact about a job, with the sequence its log gave it: of two facts for one subject the lower one counts."""

    job_id: str
    sequence: int
    fact: Fact
