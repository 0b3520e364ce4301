"""Pairs of persons that look alike: what is recommended, what is unsure, what can't be."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporter.algorithms.timelines import Presence, describe_pair, shared_frame_count

PAIRS_SHOWN_MOST = 200

Presences = Mapping[int, Presence]


@dataclass(frozen=True, slots=True)
class SimilarPair:
    """Two persons, `first` the lower number, and the cosine of their looks."""

    first: int
    second: int
    similarity: float


@dataclass(frozen=True, slots=True)
class Pair:
    """Two persons and how alike they look, in words; `relation` says how their times on screen lie to each other."""

    first: int
    second: int
    percent: str
    relation: str


@dataclass(frozen=True, slots=True)
class PairList:
    """The most similar pairs of a kind, and how many more there are."""

    shown: tuple[Pair, ...]
    hidden_count: int

    @property
    def count(self) -> int:
        return len(self.shown) + self.hidden_count


def read_pairs(entries: Iterable[Mapping[str, Any]]) -> tuple[SimilarPair, ...]:
    """A list of `similarity_matrix.json`, most similar first, then by number."""
    rows = sorted((-float(entry["similarity"]), *_ordered(entry["person_1"], entry["person_2"])) for entry in entries)
    return tuple(SimilarPair(first, second, -negated) for negated, first, second in rows)


def pair_list(pairs: Sequence[SimilarPair], presences: Presences, threshold: float, names: Mapping[int, str]) -> PairList:
    """As many of the pairs as a page can show, in words; `names` are the persons' by number."""
    shown = tuple(
        Pair(pair.first, pair.second, similarity_text(pair.similarity, threshold), _relation(pair, presences, names))
        for pair in pairs[:PAIRS_SHOWN_MOST]
    )
    return PairList(shown, len(pairs) - len(shown))


def same_person_groups(pairs: Sequence[SimilarPair], presences: Presences) -> tuple[tuple[int, ...], ...]:
    """Groups of two or more persons that pairs link, most similar pair first, lowest number of each group first.

    A link is left out that would put two persons into one group who are seen in one frame.
    """
    group_of: dict[int, list[int]] = {}
    for pair in pairs:
        one = group_of.setdefault(pair.first, [pair.first])
        other = group_of.setdefault(pair.second, [pair.second])
        if one is other or any(shared_frame_count(presences[first], presences[second]) for first in one for second in other):
            continue
        one.extend(other)
        group_of.update(dict.fromkeys(other, one))
    groups = {id(group): tuple(sorted(group)) for group in group_of.values() if len(group) > 1}
    return tuple(sorted(groups.values()))


def look_alikes(pairs: Sequence[SimilarPair], threshold: float, most: int) -> Mapping[int, tuple[tuple[int, str], ...]]:
    """For each person of any pair the most similar others, as (person, percent)."""
    found: dict[int, list[tuple[int, str]]] = {}
    for pair in pairs:
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            others = found.setdefault(one, [])
            if len(others) < most:
                others.append((other, similarity_text(pair.similarity, threshold)))
    return {person_id: tuple(others) for person_id, others in found.items()}


def similarity_text(similarity: float, threshold: float) -> str:
    """Percent with the fewest decimals that leave it on its side of the threshold, and of 100 %: `83 %`, but `69.6 %` below 70 %."""
    limits = (threshold * 100, 100.0)
    for decimals in range(3):
        rounded = round(similarity * 100, decimals)
        if all((rounded >= round(limit, 6)) == (similarity * 100 >= limit) for limit in limits):
            return f"{rounded + 0.0:.{decimals}f} %"
    return f"{math.floor(similarity * 10_000) / 100:.2f} %"


def _relation(pair: SimilarPair, presences: Presences, names: Mapping[int, str]) -> str:
    return describe_pair(presences[pair.first], presences[pair.second], names[pair.first], names[pair.second])


def _ordered(first: int, second: int) -> tuple[int, int]:
    return min(first, second), max(first, second)
