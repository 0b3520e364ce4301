"""Figures of a result held against bounds: what passes, what is a warning, what is a failure."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum


class Verdict(StrEnum):
    """From best to worst; `not_judged` where there is too little to judge."""

    NOT_JUDGED = "not_judged"
    PASS = "pass"  # noqa: S105 (no password)
    WARN = "warn"
    FAIL = "fail"


@dataclass(frozen=True, slots=True)
class Bound:
    """What a figure may be. `below` is strict, the others are not; None does not bind."""

    at_least: float | None = None
    below: float | None = None
    at_most: float | None = None

    def holds(self, value: float) -> bool:
        """Whether a figure keeps within."""
        return (
            (self.at_least is None or value >= self.at_least)
            and (self.below is None or value < self.below)
            and (self.at_most is None or value <= self.at_most)
        )

    def __str__(self) -> str:
        """As `< 50`, or `0.2 to 0.5` with both ends."""
        if self.at_least is not None and self.at_most is not None:
            return f"{self.at_least:g} to {self.at_most:g}"
        named = ((">=", self.at_least), ("<", self.below), ("<=", self.at_most))
        return " and ".join(f"{sign} {limit:g}" for sign, limit in named if limit is not None)


@dataclass(frozen=True, slots=True)
class Criterion:
    """How one figure is judged. Within `passes` it passes, within `warns` it is a warning, beyond that a failure.

    Without `warns` nothing is a failure. `needs` are figures that must be at least so large for a verdict.
    """

    metric: str
    passes: Bound
    remedy: str
    warns: Bound | None = None
    needs: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict. `wanted` is the bound for a pass, `bound` the one that decided: for a failure the looser one, else `wanted`.

    `remedy` is empty for what passes or is not judged.
    """

    metric: str
    value: float
    verdict: Verdict
    wanted: str
    bound: str
    remedy: str


def judge(criteria: Iterable[Criterion], figures: Mapping[str, float]) -> tuple[Judgement, ...]:
    """A judgement by criterion, in their order. Raises `KeyError` for a figure that is missing."""
    return tuple(_judged(criterion, figures) for criterion in criteria)


def overall(judgements: Sequence[Judgement]) -> Verdict:
    """The worst verdict; `not_judged` where nothing was judged."""
    order = list(Verdict)
    return max((item.verdict for item in judgements), key=order.index, default=Verdict.NOT_JUDGED)


def _judged(criterion: Criterion, figures: Mapping[str, float]) -> Judgement:
    value = figures[criterion.metric]
    verdict, bound = Verdict.WARN, criterion.passes
    if any(figures[name] < least for name, least in criterion.needs.items()):
        verdict = Verdict.NOT_JUDGED
    elif criterion.passes.holds(value):
        verdict = Verdict.PASS
    elif criterion.warns is not None and not criterion.warns.holds(value):
        verdict, bound = Verdict.FAIL, criterion.warns
    remedy = criterion.remedy if verdict in (Verdict.WARN, Verdict.FAIL) else ""
    return Judgement(criterion.metric, value, verdict, str(criterion.passes), str(bound), remedy)
