"""Why two tracklets or persons are, or are not, the same person: worked out from stored values alone."""

from collections import deque
from collections.abc import Callable
from dataclasses import replace

from castlist.domain.evidence import Evidence, PairAnswer, PlanStepAnswer, cuts_between, first_together, nearest_in_time, owner_of
from castlist.domain.explanation import Explanation, Subject, SubjectAnswer, reasons

AskPair = Callable[[int, int], PairAnswer]
"""What grouping says of two tracklets, by id, in any order; worked out where it is not stored."""


def explain(evidence: Evidence, first: Subject, second: Subject, ask: AskPair) -> Explanation:
    """Answer for two subjects of the evidence that share no tracklet. Raises `LookupError` for a subject that is not there.

    A person is the one of today. Of persons of which one is part of the other today, those before merging are meant.
    """
    one, other = describe(evidence, first), describe(evidence, second)
    if set(one.tracklets) & set(other.tracklets):
        one, other = (describe(evidence, subject, before_merging=True) for subject in (first, second))
    if shared := set(one.tracklets) & set(other.tracklets):
        raise LookupError(f"{first} and {second} share tracklet {min(shared)}; ask about two that do not")
    whole_1, whole_2 = (_members(evidence, side) for side in (one, other))
    same = len({*one.persons_now, *other.persons_now}) == 1
    found = Explanation(
        first=one,
        second=other,
        same=same,
        answer=f"{_named(one).capitalize()} and {_named(other)} are {'' if same else 'not '}the same person.",
        reasons=(),
        pair=ask(*nearest_in_time(evidence, one.tracklets, other.tracklets)),
        chain=tuple(ask(*link) for link in _chain(evidence, one.tracklets, other.tracklets)),
        together=first_together(evidence, one.tracklets, other.tracklets),
        persons_together=None if same else first_together(evidence, whole_1, whole_2),
        plan_step=_plan_step(evidence, one, other),
        similarity=_similarity(evidence, one, other),
        threshold=evidence.threshold,
        edits=tuple(edit for edit in evidence.edits if {*edit.tracklets} & {*one.tracklets} and {*edit.tracklets} & {*other.tracklets}),
        cuts=cuts_between(evidence, one.tracklets, other.tracklets),
        doubled_tails=tuple(
            tail
            for tail in evidence.doubled_tails
            if _crosses({tail.tracklet}, {tail.same_as_tracklet}, {*one.tracklets}, {*other.tracklets})
        ),
    )
    return replace(found, reasons=reasons(found))


def describe(evidence: Evidence, subject: Subject, *, before_merging: bool = False) -> SubjectAnswer:
    """Where a subject stands. A person that was merged away is known by its number before merging."""
    known = (evidence.persons_before, evidence.persons_now) if before_merging else (evidence.persons_now, evidence.persons_before)
    if subject.kind == "tracklet":
        tracklets: tuple[int, ...] = (subject.number,) if subject.number in evidence.tracklets else ()
    else:
        tracklets = known[0].get(subject.number) or known[1].get(subject.number, ())
    if not tracklets:
        raise LookupError(f"there is no {subject}")
    before = {owner_of(evidence.persons_before, tracklet) for tracklet in tracklets}
    now = {owner_of(evidence.persons_now, tracklet) for tracklet in tracklets}
    return SubjectAnswer(str(subject), tracklets, _numbers(before), _numbers(now))


def _numbers(found: set[int | None]) -> tuple[int, ...]:
    return tuple(sorted(number for number in found if number is not None))


def _members(evidence: Evidence, side: SubjectAnswer) -> tuple[int, ...]:
    return tuple(tracklet for person in side.persons_now for tracklet in evidence.persons_now[person])


def _named(side: SubjectAnswer) -> str:
    """The subject, and whose it is now where that is not the same."""
    persons = " and ".join(f"person {person}" for person in side.persons_now)
    return side.subject if persons == side.subject else f"{side.subject} (of {persons})"


def _chain(evidence: Evidence, some: tuple[int, ...], others: tuple[int, ...]) -> tuple[tuple[int, int], ...]:
    """The fewest pairs by which grouping joined a tracklet of one side to one of the other; none if it did not."""
    neighbours: dict[int, list[int]] = {}
    for one, other in evidence.joined:
        neighbours.setdefault(one, []).append(other)
        neighbours.setdefault(other, []).append(one)
    came_from: dict[int, int | None] = dict.fromkeys(sorted(some))
    waiting = deque(sorted(some))
    while waiting:
        here = waiting.popleft()
        if here in others:
            path = [here]
            while (before := came_from[path[-1]]) is not None:
                path.append(before)
            return tuple(zip(reversed(path[1:]), reversed(path[:-1]), strict=True))
        for following in sorted(neighbours.get(here, [])):
            if following not in came_from:
                came_from[following] = here
                waiting.append(following)
    return ()


def _plan_step(evidence: Evidence, one: SubjectAnswer, other: SubjectAnswer) -> PlanStepAnswer | None:
    """The first step that brings a person before merging of one side together with one of the other."""
    mine, theirs = set(one.persons_before_merging), set(other.persons_before_merging)
    return next(
        (step for step in evidence.plan if _crosses({*step.persons_1}, {*step.persons_2}, mine, theirs)),
        None,
    )


def _similarity(evidence: Evidence, one: SubjectAnswer, other: SubjectAnswer) -> float | None:
    """Of the persons now, where each side is one person and not the same one."""
    if len(one.persons_now) != 1 or len(other.persons_now) != 1 or one.persons_now == other.persons_now:
        return None
    return evidence.similarity(one.persons_now[0], other.persons_now[0])


def _crosses(some: set[int], others: set[int], mine: set[int], theirs: set[int]) -> bool:
    """Whether one of two sets touches one side and the other set the other side."""
    return bool((mine & some and theirs & others) or (mine & others and theirs & some))
