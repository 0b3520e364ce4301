"""Which persons may be one human being, as recommendations; nothing is merged here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.cast import Cast
from castlist.domain.parameters import CompareParameters
from castlist.domain.records import Float64, Person


@dataclass(frozen=True, slots=True)
class SimilarPair:
    """Two persons by number, `person_1` the lower, and the cosine of their embeddings."""

    person_1: int
    person_2: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Pairs, each list by falling similarity, then by number.

    `recommended`: at or above the threshold. `near`: below it by at most the margin. `vetoed`: at or above the
    threshold, but both are in one frame at least once, so they are two people. What the user does not want is in none.
    """

    recommended: tuple[SimilarPair, ...]
    near: tuple[SimilarPair, ...]
    vetoed: tuple[SimilarPair, ...]


def unwanted_pairs(cast: Cast) -> Callable[[int, int], bool]:
    """Whether a pair is not to be recommended: the user keeps the two apart, or ignores one."""
    apart, ignored = set(cast.kept_apart), {person.person_id for person in cast.persons if person.ignored}
    return lambda first, second: (min(first, second), max(first, second)) in apart or first in ignored or second in ignored


def recommend(
    persons: Sequence[Person], matrix: Float64, parameters: CompareParameters, unwanted: Callable[[int, int], bool] = lambda *_: False
) -> Recommendations:
    """Pairs of persons, of whom row n of the matrix is the n-th; but for those of which `unwanted` says so."""
    lowest = round(parameters.similarity_threshold - parameters.near_margin, 6)
    recommended: list[SimilarPair] = []
    near: list[SimilarPair] = []
    vetoed: list[SimilarPair] = []
    for row, column in np.argwhere(np.triu(matrix >= lowest, 1)).tolist():
        first, second = persons[row], persons[column]
        pair = SimilarPair(first.person_id, second.person_id, float(matrix[row, column]))
        if unwanted(pair.person_1, pair.person_2):
            continue
        alike = pair.similarity >= parameters.similarity_threshold
        if seen_together(first, second):
            if alike:
                vetoed.append(pair)
        else:
            (recommended if alike else near).append(pair)
    return Recommendations(*(tuple(sorted(pairs, key=_order)) for pairs in (recommended, near, vetoed)))


def seen_together(first: Person, second: Person) -> bool:
    """Whether a frame shows both."""
    return len(np.intersect1d(first.frame_numbers, second.frame_numbers, assume_unique=True)) > 0


def _order(pair: SimilarPair) -> tuple[float, int, int]:
    return -pair.similarity, pair.person_1, pair.person_2
