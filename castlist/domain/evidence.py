"""What a job's results say about two tracklets or persons: the facts behind "why are these (not) the same?".

Everything here is read from stored values; `castlist.domain.explanation` says what follows from them.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Float64, Tracklet

AT_THE_SAME_TIME = "at_the_same_time"
"""The decision on a pair of which one tracklet begins before the other ends: no check is asked."""


@dataclass(frozen=True, slots=True)
class CheckAnswer:
    """One check on one pair: `value` is None where it does not apply; `verdict` is `passed`, `failed`, `skipped` or `off`."""

    name: str
    value: float | None
    limit: float
    value_must_be: str
    verdict: str


@dataclass(frozen=True, slots=True)
class PairAnswer:
    """What grouping says of two tracklets, `tracklet_1` the earlier one.

    `considered`: the pair stands in the log; else it was too far apart in time or place, and the checks were worked out
    now from the stored statistics. `decision` is grouping's word, None where the pair was not considered; `vetoed_by_tracklet`
    is the member of the earlier one's person that shares time with the later one.
    """

    tracklet_1: int
    tracklet_2: int
    considered: bool
    decision: str | None
    vetoed_by_tracklet: int | None
    checks: tuple[CheckAnswer, ...]


@dataclass(frozen=True, slots=True)
class TogetherAnswer:
    """Two tracklets that are seen together: the first frame that shows both, its time, and how many do."""

    tracklet_1: int
    tracklet_2: int
    first_frame: int
    first_s: float
    frames: int


@dataclass(frozen=True, slots=True)
class PlanStepAnswer:
    """A step of the merge plan that joins persons before merging, as in `merge_plan.json`."""

    step: int
    persons_1: tuple[int, ...]
    persons_2: tuple[int, ...]
    similarity: float | None
    confidence: float | None
    unsure: bool
    applied: bool
    reason: str


@dataclass(frozen=True, slots=True)
class ThresholdAnswer:
    """The similarity that merging asks for, and where it comes from: `video` (calibrated) or `default`."""

    threshold: float
    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class SplitAnswer:
    """A cut of a tracklet of the tracker: the parts beside it, and how alike the crops before and after it are, against the limit."""

    tracklet: int
    parts: tuple[int, ...]
    at_frame: int
    at_s: float
    similarity: float | None
    limit: float | None
    crossing_tracklet: int | None
    reason: str


@dataclass(frozen=True, slots=True)
class DoubledTailAnswer:
    """A tracklet whose rows from a frame on were dropped, for they showed the person that the other tracklet shows as well."""

    tracklet: int
    same_as_tracklet: int
    from_frame: int
    from_s: float


@dataclass(frozen=True, slots=True)
class EditAnswer:
    """An edit that stands and says who is who: its number, its words, the tracklets that it named when it was made."""

    number: int
    words: str
    tracklets: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Results of one job at one revision.

    `tracklets` are those after splitting, by id. `frame_seconds` float64 (F,): when each frame begins. `persons_before`
    and `persons_now`: tracklets of each person before merging, and as the cast stands after merging and edits.
    `joined`: pairs of tracklets by which grouping made persons. `similarities`: float64 (P, P) for the persons `compared`.
    """

    tracklets: Mapping[int, Tracklet]
    frame_seconds: Float64
    persons_before: Mapping[int, tuple[int, ...]]
    persons_now: Mapping[int, tuple[int, ...]]
    joined: tuple[tuple[int, int], ...] = ()
    compared: tuple[int, ...] = ()
    similarities: Float64 | None = None
    threshold: ThresholdAnswer | None = None
    plan: tuple[PlanStepAnswer, ...] = ()
    splits: tuple[SplitAnswer, ...] = ()
    doubled_tails: tuple[DoubledTailAnswer, ...] = ()
    edits: tuple[EditAnswer, ...] = ()

    def similarity(self, person_1: int, person_2: int) -> float | None:
        """How alike two persons of today look; None where one has no crops."""
        if self.similarities is None or not {person_1, person_2} <= set(self.compared):
            return None
        return float(self.similarities[self.compared.index(person_1), self.compared.index(person_2)])

    def seconds(self, frame: int) -> float:
        """When a frame begins; 0 where times are not known."""
        return float(self.frame_seconds[frame]) if 0 <= frame < len(self.frame_seconds) else 0.0


def cuts_between(evidence: Evidence, some: Sequence[int], others: Sequence[int]) -> tuple[SplitAnswer, ...]:
    """The cuts that part a tracklet of one side from a tracklet of the other: parts of one tracklet, one before the cut, one after."""
    parents = {part: split.tracklet for split in evidence.splits for part in split.parts}

    def are_parted(split: SplitAnswer, one: int, other: int) -> bool:
        if not parents.get(one) == parents.get(other) == split.tracklet:
            return False
        starts = sorted(int(evidence.tracklets[number].frame_numbers[0]) for number in (one, other))
        return starts[0] < split.at_frame <= starts[1]

    return tuple(split for split in evidence.splits if any(are_parted(split, one, other) for one in some for other in others))


def owner_of(persons: Mapping[int, Sequence[int]], tracklet_id: int) -> int | None:
    """The person that a tracklet belongs to."""
    return next((person for person, tracklets in persons.items() if tracklet_id in tracklets), None)


def seen_together(evidence: Evidence, tracklet_1: int, tracklet_2: int) -> TogetherAnswer | None:
    """Whether and since when two tracklets share frames."""
    first, second = evidence.tracklets[tracklet_1], evidence.tracklets[tracklet_2]
    shared = np.intersect1d(first.frame_numbers, second.frame_numbers, assume_unique=True)
    if not len(shared):
        return None
    frame = int(shared[0])
    return TogetherAnswer(tracklet_1, tracklet_2, frame, evidence.seconds(frame), len(shared))


def first_together(evidence: Evidence, some: Sequence[int], others: Sequence[int]) -> TogetherAnswer | None:
    """The earliest frame that shows a tracklet of each side (ties: the lower ids), with the two that it shows.

    Only tracklets whose time overlaps are looked at.
    """
    found = []
    for tracklet_1 in some:
        first = evidence.tracklets[tracklet_1]
        for tracklet_2 in others:
            second = evidence.tracklets[tracklet_2]
            if first.frame_numbers[0] <= second.frame_numbers[-1] and second.frame_numbers[0] <= first.frame_numbers[-1]:
                together = None if tracklet_1 == tracklet_2 else seen_together(evidence, tracklet_1, tracklet_2)
                if together is not None:
                    found.append(together)
    return min(found, key=lambda item: (item.first_frame, item.tracklet_1, item.tracklet_2), default=None)


def nearest_in_time(evidence: Evidence, some: Sequence[int], others: Sequence[int]) -> tuple[int, int]:
    """One tracklet of each side, those with the least time between them (ties: the earlier, then the lower ids)."""

    def span(tracklet_id: int) -> tuple[int, int]:
        frames = evidence.tracklets[tracklet_id].frame_numbers
        return int(frames[0]), int(frames[-1])

    def key(pair: tuple[int, int]) -> tuple[int, int, int, int]:
        (start_1, end_1), (start_2, end_2) = span(pair[0]), span(pair[1])
        gap = max(start_1 - end_2, start_2 - end_1, 0)
        return gap, min(start_1, start_2), *pair

    return min(((one, other) for one in some for other in others if one != other), key=key)
