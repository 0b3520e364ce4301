"""Constrained merging: who is alike becomes one, most alike first, and who was seen together never does."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Bool, Float64, Int64
from services.reid.algorithms.person_looks import doubts

_DIGITS = 6

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True)
class MergeStep:
    """Two groups of rows that become one; the lower of the two lowest rows is in `first`.

    `similarity` is the mean over all pairs of the two groups, weighted by crops; `sure_similarity` is that less its doubt.
    """

    first: tuple[int, ...]
    second: tuple[int, ...]
    similarity: float
    sure_similarity: float
    crops: Pair
    unsure: bool


@dataclass(frozen=True, slots=True)
class Constraints:
    """Pairs of rows: `apart` are never in one group, `together` are from the start, unless that is forbidden."""

    apart: Sequence[Pair] = ()
    together: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class MergeLimits:
    """Similarities must be at least `threshold`, and less their doubt `sure_threshold` for a step to be sure.

    `doubt` is the error of a similarity by single crops, see `doubts`.
    """

    threshold: float
    sure_threshold: float
    doubt: float


def merge_steps(similarities: Float64, crops: Int64, constraints: Constraints, limits: MergeLimits) -> tuple[MergeStep, ...]:
    """Steps of average-link merging of P rows, in order: first those that are surely alike, then those that are alike.

    A step is taken while some pair of groups is surely alike, by the similarity less its doubt, the highest first (ties: the
    lowest rows). What is then alike by the similarity alone follows, marked `unsure`. Groups of whom any two rows are apart
    are never merged. Rows without crops are alike to nobody for sure.
    Source: average linkage, Sokal and Michener 1958; cannot-link as in Davidson and Ravi, PKDD 2005.
    """
    groups = _Groups(similarities, crops, constraints, limits.doubt)
    steps: list[MergeStep] = []
    for unsure, least in ((False, limits.sure_threshold), (True, limits.threshold)):
        groups.rank(unsure=unsure)
        while (best := groups.best()) is not None and groups.scores[best] >= least:
            steps.append(groups.merge(best, unsure=unsure))
    return tuple(steps)


class _Groups:
    """Groups as they grow, each named by its lowest row; scores of groups that may not be merged are minus infinity."""

    def __init__(self, similarities: Float64, crops: Int64, constraints: Constraints, doubt: float) -> None:
        count = len(crops)
        self._similarities = similarities.astype(np.float64)
        self._crops = crops.astype(np.int64)
        self._weights = np.maximum(crops, 1).astype(np.float64)
        self._doubt = doubt
        self._forbidden: Bool = np.eye(count, dtype=np.bool_)
        for first, second in constraints.apart:
            self._forbidden[first, second] = self._forbidden[second, first] = True
        self._members: list[tuple[int, ...]] = [(row,) for row in range(count)]
        self._unsure = False
        self.scores: Float64 = np.full((count, count), -np.inf)
        self._nearest = np.zeros(count, np.int64)
        name = list(range(count))
        for pair in constraints.together:
            first, second = sorted(name[row] for row in pair)
            if not self._forbidden[first, second]:
                self._join(first, second)
                name = [first if own == second else own for own in name]

    def rank(self, *, unsure: bool) -> None:
        """Score all pairs anew, with or without doubt."""
        self._unsure = unsure
        for row in range(len(self._members)):
            self.scores[row] = self._scores_of(row)
        if len(self._members):
            self._nearest = self.scores.argmax(axis=1)

    def best(self) -> Pair | None:
        """The two groups with the highest score, the lower first; None if there are not two."""
        count = len(self._members)
        if count <= 1:
            return None
        row = int(np.argmax(self.scores[np.arange(count), self._nearest]))
        other = int(self._nearest[row])
        return None if np.isneginf(self.scores[row, other]) else (min(row, other), max(row, other))

    def merge(self, pair: Pair, *, unsure: bool) -> MergeStep:
        """Make one group of two, and say how alike they were."""
        first, second = pair
        crops = int(self._crops[first]), int(self._crops[second])
        similarity = float(self._similarities[pair])
        least = similarity - float(doubts(self._crops[[first]], self._crops[[second]], self._doubt)[0])
        step = MergeStep(self._members[first], self._members[second], similarity, max(least, -1.0), crops, unsure)
        self._join(first, second)
        self._rescore(first, second)
        return step

    def _join(self, first: int, second: int) -> None:
        weights = self._weights[first], self._weights[second]
        mean = (weights[0] * self._similarities[first] + weights[1] * self._similarities[second]) / sum(weights)
        self._similarities[first] = self._similarities[:, first] = mean.round(_DIGITS)
        self._forbidden[first] |= self._forbidden[second]
        self._forbidden[:, first] |= self._forbidden[:, second]
        self._forbidden[second] = self._forbidden[:, second] = True
        self._weights[first] += self._weights[second]
        self._crops[first] += self._crops[second]
        self._members[first] = tuple(sorted((*self._members[first], *self._members[second])))
        self._members[second] = ()

    def _scores_of(self, row: int) -> Float64:
        values = self._similarities[row]
        if not self._unsure:
            values = values - doubts(np.full(len(self._crops), self._crops[row]), self._crops, self._doubt)
        scores: Float64 = np.where(self._forbidden[row], -np.inf, values.round(_DIGITS))
        return scores

    def _rescore(self, first: int, second: int) -> None:
        self.scores[second] = self.scores[:, second] = -np.inf
        self.scores[first] = self.scores[:, first] = self._scores_of(first)
        rows = np.arange(len(self._members))
        before = self.scores[rows, self._nearest]
        now = self.scores[:, first]
        nearer = (now > before) | ((now == before) & (first < self._nearest))
        self._nearest[nearer] = first
        stale = np.flatnonzero(~nearer & np.isin(self._nearest, (first, second)))
        self._nearest[stale] = self.scores[stale].argmax(axis=1)
        self._nearest[first] = int(self.scores[first].argmax())
