"""Pairs of persons that look alike: what is recommended, what is unsure, what can't be."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporter.algorithms.timelines import Interval, describe_pair, shared_seconds

PAIRS_SHOWN_MOST = 200

Stays = Mapping[int, Sequence[Interval]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two persons and how alike they look; `relation` says how their times on screen lie to each other."""

    first: int
    second: int
    similarity: float
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


def read_pairs(entries: Iterable[Mapping[str, Any]], intervals: Stays, threshold: float) -> tuple[Pair, ...]:
    """A list of `similarity_matrix.json`, most similar first, then by number."""
    rows = sorted((-float(entry["similarity"]), *_ordered(entry["person_1"], entry["person_2"])) for entry in entries)
    return tuple(
        Pair(first, second, -negated, similarity_text(-negated, threshold), _relation(first, second, intervals))
        for negated, first, second in rows
    )


def shorten(pairs: Sequence[Pair]) -> PairList:
    """As many of the pairs as a page can show."""
    return PairList(tuple(pairs[:PAIRS_SHOWN_MOST]), max(len(pairs) - PAIRS_SHOWN_MOST, 0))


def same_person_groups(pairs: Sequence[Pair], intervals: Stays) -> tuple[tuple[int, ...], ...]:
    """Groups of two or more persons that pairs link, most similar pair first, lowest number of each group first.

    A link is left out that would put two persons into one group who are on screen at the same time.
    """
    group_of: dict[int, list[int]] = {}
    for pair in pairs:
        one = group_of.setdefault(pair.first, [pair.first])
        other = group_of.setdefault(pair.second, [pair.second])
        if one is other or any(shared_seconds(intervals[first], intervals[second]) > 0 for first in one for second in other):
            continue
        one.extend(other)
        group_of.update(dict.fromkeys(other, one))
    groups = {id(group): tuple(sorted(group)) for group in group_of.values() if len(group) > 1}
    return tuple(sorted(groups.values()))


def look_alikes(pairs: Sequence[Pair], most: int) -> Mapping[int, tuple[tuple[int, str], ...]]:
    """For each person of any pair the most similar others, as (person, percent)."""
    found: dict[int, list[tuple[int, str]]] = {}
    for pair in pairs:
        for one, other in ((pair.first, pair.second), (pair.second, pair.first)):
            found.setdefault(one, []).append((other, pair.percent))
    return {person_id: tuple(others[:most]) for person_id, others in found.items()}


def similarity_text(similarity: float, threshold: float) -> str:
    """Percent with the fewest decimals that leave it on its side of the threshold: `83 %`, but `69.6 %` below 70 %."""
    for decimals in range(3):
        rounded = round(similarity * 100, decimals)
        if (rounded >= round(threshold * 100, 6)) == (similarity >= threshold):
            return f"{rounded + 0.0:.{decimals}f} %"
    return f"{math.floor(similarity * 10_000) / 100:.2f} %"


def _relation(first: int, second: int, intervals: Stays) -> str:
    return describe_pair(intervals[first], intervals[second], f"Person {first}", f"Person {second}")


def _ordered(first: int, second: int) -> tuple[int, int]:
    return min(first, second), max(first, second)
