"""The merge plan: which persons are one human being, step by step, and what accepts or rejects each step."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import numpy as np

from castlist.domain.records import Int64, Person
from services.reporter.algorithms.clock import count_text
from services.reporter.algorithms.frame_times import FrameTimes, presence
from services.reporter.algorithms.pairs import similarity_text
from services.reporter.algorithms.timelines import Bar, Presence, bars, describe_pair
from services.reporter.algorithms.who_is_who import WhoIsWho
from services.reporter.algorithms.wording import persons_text, sentence

STEPS_SHOWN_MOST = 200
_TRACKLETS_NAMED_MOST = 30


class StepState(StrEnum):
    """What became of a step."""

    APPLIED = "merged automatically"
    ACCEPTED = "merged by you"
    PROPOSED = "proposed"
    REJECTED = "kept apart by you"
    PARTED = "taken apart by you"


@dataclass(frozen=True, slots=True)
class Command:
    """What to type after `castlist <verb> FOLDER`, and what that does."""

    label: str
    verb: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two groups that a step merges: `before`, the persons before merging, and who they are now.

    `whole` is the person of today that is nothing but this group, or None. Then a picture has to be made of `detection_indices`.
    """

    before: tuple[int, ...]
    name: str
    people: tuple[int, ...]
    whole: int | None
    bars: tuple[Bar, ...]
    detection_indices: Int64


@dataclass(frozen=True, slots=True)
class PlanStep:
    """A step in words; `certain` is how alike the two are at least, `relation` says how their times on screen lie to each other."""

    number: int
    sides: tuple[Side, Side]
    percent: str
    certain: str
    confidence: str
    confidence_width: str
    unsure: bool
    state: StepState
    reason: str
    relation: str
    commands: tuple[Command, ...]


@dataclass(frozen=True, slots=True)
class PlanView:
    """The first steps, how many more there are, and all of them counted by state; `open_unsure_count` is part of the proposed.

    `people_count` is how many of those who are not ignored would remain, if every open step that is sure were accepted.
    """

    automatic: bool
    shown: tuple[PlanStep, ...]
    hidden_count: int
    counts: Mapping[StepState, int]
    open_unsure_count: int
    people_count: int

    @property
    def count(self) -> int:
        return len(self.shown) + self.hidden_count

    @property
    def open_count(self) -> int:
        """Steps that wait for somebody's decision."""
        return self.counts[StepState.PROPOSED]

    @property
    def summary(self) -> str:
        """`12 steps: 9 merged automatically, 3 proposed (2 of them unsure).`"""
        unsure = f" ({self.open_unsure_count:,} of them unsure)" if self.open_unsure_count else ""
        counted = [f"{count:,} {state}{unsure if state is StepState.PROPOSED else ''}" for state, count in self.counts.items() if count]
        return f"{count_text(self.count, 'step')}: {', '.join(counted)}."


@dataclass(frozen=True, slots=True, eq=False)
class PlanReader:
    """What the steps of a plan refer to: the cast as it stands, and the persons before merging by number."""

    who: WhoIsWho
    before: Mapping[int, Person]
    kept_apart: frozenset[tuple[int, int]]
    times: FrameTimes
    max_gap_s: float
    duration_s: float
    threshold: float

    def read(self, document: Mapping[str, Any]) -> PlanView:
        """The view of `merge_plan.json`, its steps in order."""
        steps = document["steps"]
        states = [self._state(step) for step in steps]
        shown = tuple(self._step(step, state) for step, state in zip(steps[:STEPS_SHOWN_MOST], states, strict=False))
        is_open = [state is StepState.PROPOSED for state in states]
        return PlanView(
            automatic=document["mode"] == "auto",
            shown=shown,
            hidden_count=len(steps) - len(shown),
            counts={state: states.count(state) for state in StepState},
            open_unsure_count=sum(bool(step["unsure"]) for step, waits in zip(steps, is_open, strict=True) if waits),
            people_count=self._people_count([step for step, waits in zip(steps, is_open, strict=True) if waits and not step["unsure"]]),
        )

    def _sides(self, step: Mapping[str, Any]) -> tuple[tuple[int, ...], tuple[int, ...]]:
        return self.who.holding(step["persons_1"]), self.who.holding(step["persons_2"])

    def _state(self, step: Mapping[str, Any]) -> StepState:
        first, second = self._sides(step)
        if len({*first, *second}) == 1:
            return StepState.APPLIED if step["applied"] else StepState.ACCEPTED
        if any((min(one, other), max(one, other)) in self.kept_apart for one in first for other in second):
            return StepState.REJECTED
        return StepState.PARTED if step["applied"] else StepState.PROPOSED

    def _people_count(self, steps: Sequence[Mapping[str, Any]]) -> int:
        """Persons who are not ignored, after these steps."""
        members = {number: [number] for number, person in self.who.people.items() if not person.ignored}
        for step in steps:
            joined = {id(members[number]): members[number] for side in self._sides(step) for number in side if number in members}
            one = [number for group in joined.values() for number in group]
            members.update(dict.fromkeys(one, one))
        return len({id(group) for group in members.values()})

    def _step(self, step: Mapping[str, Any], state: StepState) -> PlanStep:
        presences = (self._presence(step["persons_1"]), self._presence(step["persons_2"]))
        first, second = (self._side(step[f"persons_{number}"], seen) for number, seen in enumerate(presences, 1))
        confidence = min(max(float(step["confidence"]), 0.0), 1.0)
        return PlanStep(
            number=int(step["step"]),
            sides=(first, second),
            percent=similarity_text(float(step["similarity"]), self.threshold),
            certain=similarity_text(max(float(step["sure_similarity"]), 0.0), self.threshold) if "sure_similarity" in step else "",
            confidence=similarity_text(confidence, 1.0),
            confidence_width=f"{confidence * 100:.1f}%",
            unsure=bool(step["unsure"]),
            state=state,
            reason=sentence(str(step["reason"])),
            relation=sentence(describe_pair(*presences, _one_of(first), _one_of(second))),
            commands=self._commands(first, second, state),
        )

    def _presence(self, before: Sequence[int]) -> Presence:
        frames = np.unique(np.concatenate([self.before[number].frame_numbers for number in before]))
        return presence(frames, self.times, self.max_gap_s)

    def _side(self, before: Sequence[int], seen: Presence) -> Side:
        people = self.who.holding(before)
        whole = len(people) == 1 and set(self.who.people[people[0]].from_persons) == set(before) and self._is_all(before, people[0])
        return Side(
            before=tuple(sorted(before)),
            name=self.who.full_name(people[0]) if whole and len(before) == 1 else persons_text(before),
            people=people,
            whole=people[0] if whole else None,
            bars=bars(seen.intervals, self.duration_s),
            detection_indices=np.sort(np.concatenate([self.before[number].detection_indices for number in before])),
        )

    def _is_all(self, before: Sequence[int], person_id: int) -> bool:
        found = {tracklet for number in before for tracklet in self.before[number].tracklet_ids}
        return found == set(self.who.people[person_id].tracklet_ids)

    def _commands(self, first: Side, second: Side, state: StepState) -> tuple[Command, ...]:
        people = sorted({*first.people, *second.people})
        if len(people) == 1:
            return (Command("Take apart", "split", self._split_off(people[0], second)),)
        merge = Command("Accept" if state is StepState.PROPOSED else "Merge all the same", "merge", " ".join(map(str, people)))
        if state is not StepState.PROPOSED:
            return (merge,)
        one = first.people[0]
        other = next(number for number in (*second.people, *first.people) if number != one)
        return merge, Command("Reject", "apart", f"{min(one, other)} {max(one, other)}")

    def _split_off(self, person_id: int, side: Side) -> str:
        """By its tracklets, so that nothing else of the person comes off; all parts where there are two, or too many to name."""
        own = self.who.people[person_id]
        tracklets = sorted({number for before in side.before for number in self.before[before].tracklet_ids} & set(own.tracklet_ids))
        if len(own.from_persons) == 2 or not 0 < len(tracklets) <= min(_TRACKLETS_NAMED_MOST, len(own.tracklet_ids) - 1):
            return str(person_id)
        return f"{person_id} --tracklets {','.join(map(str, tracklets))}"


def _one_of(side: Side) -> str:
    return side.name if len(side.before) == 1 else f"one of {persons_text(side.before).lower()}"
