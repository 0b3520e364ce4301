"""What a running service says of itself."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class TaskInHand:
    """A task that a service works at since a time, in seconds since 1970."""

    job_id: str
    stage: str
    index: int
    since_unix_s: float


@dataclass(frozen=True, slots=True)
class Presence:
    """One process of a service. `process` is host:pid; `slots` says how many tasks of a stage it takes at a time.

    `read_up_to` is for coordinators: the sequence up to which each log was considered.
    """

    service: str
    process: str
    version: str
    started_unix_s: float
    slots: Mapping[str, int] = field(default_factory=dict)
    in_hand: tuple[TaskInHand, ...] = ()
    read_up_to: Mapping[str, int] = field(default_factory=dict)
