"""The answer to "why are these (not) the same person?": its values, and the sentences that follow from them."""

from collections.abc import Iterator
from dataclasses import dataclass

from castlist.domain.evidence import (
    AT_THE_SAME_TIME,
    CheckAnswer,
    DoubledTailAnswer,
    EditAnswer,
    PairAnswer,
    PlanStepAnswer,
    SplitAnswer,
    ThresholdAnswer,
    TogetherAnswer,
)


@dataclass(frozen=True, slots=True)
class Subject:
    """What the question names: a tracklet (`kind` `tracklet`) or a person, before merging or now (`person`)."""

    kind: str
    number: int

    def __str__(self) -> str:
        return f"{self.kind} {self.number}"


@dataclass(frozen=True, slots=True)
class SubjectAnswer:
    """A subject as it stands: its tracklets, the persons before merging that they belong to, and the persons now."""

    subject: str
    tracklets: tuple[int, ...]
    persons_before_merging: tuple[int, ...]
    persons_now: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer. `reasons` are sentences in the order in which they decide; the rest holds the values that they name.

    `pair`: grouping's checks on the two tracklets that are nearest in time. `chain`: the pairs by which grouping joined
    them. `together`: the first frame that shows both subjects; `persons_together` the same for the whole persons.
    `edits`: those that stand and name tracklets of both sides. `cuts`: where one tracklet of the tracker was cut into parts that
    stand on both sides. `doubled_tails`: where one side showed for a while what the other shows.
    """

    first: SubjectAnswer
    second: SubjectAnswer
    same: bool
    answer: str
    reasons: tuple[str, ...]
    pair: PairAnswer | None
    chain: tuple[PairAnswer, ...]
    together: TogetherAnswer | None
    persons_together: TogetherAnswer | None
    plan_step: PlanStepAnswer | None
    similarity: float | None
    threshold: ThresholdAnswer | None
    edits: tuple[EditAnswer, ...]
    cuts: tuple[SplitAnswer, ...]
    doubled_tails: tuple[DoubledTailAnswer, ...]


def reasons(found: Explanation) -> tuple[str, ...]:
    """Sentences, the one that decides first."""
    return tuple(_why_same(found) if found.same else _why_not(found))


def _why_same(found: Explanation) -> Iterator[str]:
    yield from (f"Grouping joined tracklets {link.tracklet_1} and {link.tracklet_2}: {_values(link.checks)}." for link in found.chain)
    yield from map(_doubled, found.doubled_tails)
    yield from map(_cut, found.cuts)
    if found.chain:
        return
    if _grouped_together(found):
        yield "Grouping made one person of them."
    elif found.plan_step is not None and found.plan_step.applied:
        yield f"{_step(found.plan_step)} joined them."
    else:
        yield f"An edit joined them{_edits(found)}; neither grouping nor an applied step of the merge plan does."


def _why_not(found: Explanation) -> Iterator[str]:
    if found.together is not None:
        yield f"{_seen(found.together)}, so they are two people."
    elif found.persons_together is not None:
        yield f"Their persons are two people: {_lower(_seen(found.persons_together))}."
    yield from map(_cut, found.cuts)
    yield from map(_doubled, found.doubled_tails)
    if _grouped_together(found):
        yield f"Grouping made one person of them; an edit parted it{_edits(found)}."
    elif found.together is None and found.pair is not None:
        yield _not_grouped(found.pair)
    if found.plan_step is not None:
        yield _not_merged(found.plan_step, _edits(found))
    if found.edits and not _grouped_together(found) and not (found.plan_step is not None and found.plan_step.applied):
        yield f"Edits are about them{_edits(found)}."
    yield from _looks(found)


def _doubled(tail: DoubledTailAnswer) -> str:
    since = f"From frame {tail.from_frame} ({tail.from_s:.2f} s) on"
    return f"{since} tracklet {tail.tracklet} showed what tracklet {tail.same_as_tracklet} shows, so that end of it was dropped."


def _grouped_together(found: Explanation) -> bool:
    return len({*found.first.persons_before_merging, *found.second.persons_before_merging}) == 1


def _seen(together: TogetherAnswer) -> str:
    frames = "frame" if together.frames == 1 else "frames"
    return (
        f"Tracklets {together.tracklet_1} and {together.tracklet_2} are both in {together.frames} {frames}, "
        f"first in frame {together.first_frame} ({together.first_s:.2f} s)"
    )


def _lower(sentence: str) -> str:
    return sentence[0].lower() + sentence[1:]


def _cut(split: SplitAnswer) -> str:
    crossing = "" if split.crossing_tracklet is None else f", where it meets tracklet {split.crossing_tracklet}"
    looks = "" if split.similarity is None or split.limit is None else f": before and after are alike by {split.similarity:.3f}"
    limit = "" if not looks else f", {split.limit:.3f} is wanted"
    return f"The tracker's tracklet {split.tracklet} was split at frame {split.at_frame} ({split.at_s:.2f} s){crossing}{looks}{limit}."


_DECISIONS = {
    "rejected": "Grouping did not join tracklets {} and {}: {}.",
    "vetoed": "Grouping did not join tracklets {} and {}, for a member of the earlier one's person shares time with the later.",
    "not_chosen": "Grouping did not join tracklets {} and {}: they agree, but another person fitted better.",
}


def _not_grouped(pair: PairAnswer) -> str:
    if pair.decision == AT_THE_SAME_TIME:
        return f"Grouping never joins tracklets {pair.tracklet_1} and {pair.tracklet_2}: one begins before the other ends."
    values = _values([check for check in pair.checks if check.verdict == "failed"]) or _values(pair.checks)
    if pair.considered and pair.decision in _DECISIONS:
        return _DECISIONS[pair.decision].format(pair.tracklet_1, pair.tracklet_2, values)
    return f"Grouping did not look at tracklets {pair.tracklet_1} and {pair.tracklet_2}, which do not follow each other closely: {values}."


def _values(checks: "list[CheckAnswer] | tuple[CheckAnswer, ...]") -> str:
    return ", ".join(
        f"{check.name} {check.value:.4g} ({check.value_must_be} {check.limit:g})" for check in checks if check.value is not None
    )


def _step(step: PlanStepAnswer) -> str:
    persons = " and ".join(", ".join(map(str, side)) for side in (step.persons_1, step.persons_2))
    known = [("similarity", step.similarity), ("confidence", step.confidence)]
    values = ", ".join(f"{name} {value:.3f}" for name, value in known if value is not None)
    return f"Step {step.step} of the merge plan (persons {persons}{'; ' * bool(values)}{values})"


def _not_merged(step: PlanStepAnswer, edits: str) -> str:
    if step.applied:
        return f"{_step(step)} had joined them; an edit parted them{edits}."
    because = step.reason or ("it is unsure" if step.unsure else "the plan is only proposed")
    return f"{_step(step)} would join them, but is not applied: {because}."


def _edits(found: Explanation) -> str:
    """The edits that name both sides, in words."""
    return "".join(f" ({edit.number}: {edit.words})" for edit in found.edits)


def _looks(found: Explanation) -> Iterator[str]:
    if found.threshold is None:
        return
    limit = found.threshold
    source = f"{limit.source}: {limit.reason}" if limit.reason else limit.source
    if found.similarity is None:
        yield "How alike they look is not known: one of them has no picture that could be compared."
    else:
        yield f"They look alike by {found.similarity:.3f}; merging wants {limit.threshold:.3f} ({source})."
