"""A job's facts, folded from its events: the same for any order and any duplication of them."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from castlist.domain.jobs import (
    Event,
    JobCancelled,
    JobRejected,
    JobRequest,
    JobRetried,
    ObjectRef,
    ResultEdited,
    Stage,
    TaskDone,
    TaskFailure,
)

TryName = tuple[Stage, int, int, int]


@dataclass(slots=True)
class Ledger:
    """What is known of one job. Of several facts on one thing the one with the lowest sequence is kept.

    `done` is keyed by stage, then index; `failures` by (stage, index, attempt, delivery count). `told_unix_s` is when the log
    took the newest event, for retention; no decision depends on it.
    """

    request: JobRequest | None = None
    trace: Mapping[str, str] = field(default_factory=dict)
    done: dict[Stage, dict[int, TaskDone]] = field(default_factory=lambda: {stage: {} for stage in Stage})
    failures: dict[TryName, TaskFailure] = field(default_factory=dict)
    edits: dict[int, ObjectRef] = field(default_factory=dict)
    rejection: str | None = None
    cancelled: bool = False
    attempt: int = 0
    told_unix_s: float = 0.0
    sequences: dict[object, int] = field(default_factory=dict)
    _fronts: dict[Stage, int] = field(default_factory=lambda: dict.fromkeys(Stage, 0))

    def add(self, event: Event) -> None:
        """Fold one event in. Adding it again, or before events that the log holds earlier, changes nothing in the end."""
        fact = event.fact
        if isinstance(fact, JobCancelled):
            self.cancelled = True
        elif isinstance(fact, JobRetried):
            self.attempt = max(self.attempt, fact.attempt)
        else:
            self._keep_first(fact, event.sequence)

    def _keep_first(self, fact: TaskDone | TaskFailure | JobRejected | ResultEdited, sequence: int) -> None:
        match fact:
            case TaskDone():
                if self._is_first(("done", fact.stage, fact.index), sequence):
                    self.done[fact.stage][fact.index] = fact
            case TaskFailure():
                name = (fact.stage, fact.index, fact.attempt, fact.delivery_count)
                if self._is_first(("failure", *name), sequence):
                    self.failures[name] = fact
            case JobRejected():
                if self._is_first("rejection", sequence):
                    self.rejection = fact.reason
            case ResultEdited():
                if self._is_first(("edit", fact.revision), sequence):
                    self.edits[fact.revision] = fact.edit

    @property
    def revision(self) -> int:
        """Number of edits that follow each other from 1 without a gap."""
        revision = 0
        while revision + 1 in self.edits:
            revision += 1
        return revision

    def first_undone(self, stage: Stage) -> int:
        """Lowest index of a stage that is not done. What is done stays so, hence no index is looked at twice."""
        done, front = self.done[stage], self._fronts[stage]
        while front in done:
            front += 1
        self._fronts[stage] = front
        return front

    def all_done(self) -> list[TaskDone]:
        """The runs whose results count, by stage and index."""
        return [done[index] for done in self.done.values() for index in sorted(done)]

    def sequence_of(self, failure: TaskFailure) -> int:
        """Sequence of the event that told of a failure which is kept."""
        return self.sequences["failure", failure.stage, failure.index, failure.attempt, failure.delivery_count]

    def _is_first(self, subject: object, sequence: int) -> bool:
        known = self.sequences.get(subject)
        if known is not None and known <= sequence:
            return False
        self.sequences[subject] = sequence
        return True
