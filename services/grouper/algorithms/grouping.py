"""Greedy grouping of tracklets into canonical persons, with a reason for every decision."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from castlist.domain.joining import join_tracklets
from castlist.domain.records import Float64, Person, Tracklet
from services.grouper.algorithms.checks import Check
from services.grouper.algorithms.pairs import TrackletPairs
from services.grouper.algorithms.statistics import TrackletStatistics


class Decision(StrEnum):
    """What became of a pair.

    `rejected`: a check failed. `vetoed`: the person of the earlier tracklet is seen elsewhere while the later one
    is there. `joined`: this pair made the later tracklet part of the earlier one's person. `same_person`:
    it agrees, but another pair had joined them. `not_chosen`: it agrees, but another person fitted better.
    """

    REJECTED = "rejected"
    VETOED = "vetoed"
    JOINED = "joined"
    SAME_PERSON = "same_person"
    NOT_CHOSEN = "not_chosen"


@dataclass(frozen=True, slots=True)
class Grouping:
    """Groups of tracklet rows, each in order of time, and for every pair its decision.

    `vetoing[m]` is the row of the tracklet that forbids pair m, -1 where nothing does.
    """

    groups: tuple[tuple[int, ...], ...]
    decisions: tuple[Decision, ...]
    vetoing: tuple[int, ...]


@dataclass(slots=True)
class _Chains:
    """Groups as they grow; every tracklet is in exactly one."""

    statistics: TrackletStatistics
    group_of: dict[int, int] = field(default_factory=dict)
    members: list[list[int]] = field(default_factory=list)

    def add(self, row: int, group: int | None) -> None:
        if group is None:
            group = len(self.members)
            self.members.append([])
        self.members[group].append(row)
        self.group_of[row] = group

    def at_the_same_time(self, row: int, group: int) -> int:
        """A member that shares time with a tracklet, from its first to its last frame; -1 if there is none."""
        starts, ends = self.statistics.start_frame, self.statistics.end_frame
        return next((m for m in self.members[group] if starts[m] <= ends[row] and starts[row] <= ends[m]), -1)


def group_tracklets(statistics: TrackletStatistics, pairs: TrackletPairs, checks: Sequence[Check], costs: Float64) -> Grouping:
    """Tracklets in order of start; each joins the group with the member that it follows best, or starts a new one.

    A group is open to it if the checks pass with any member and no member at all shares time with it.
    Of several open pairs the one with the lowest of `costs` `(M,)` decides (ties: the member that ends last).
    Rows of the statistics are ordered by start.
    """
    agrees = np.logical_and.reduce([check.passed for check in checks]) if checks else np.ones(len(pairs.later), bool)
    decisions = [Decision.NOT_CHOSEN if passed else Decision.REJECTED for passed in agrees.tolist()]
    vetoing = [-1] * len(decisions)
    chains = _Chains(statistics)
    edges = np.searchsorted(pairs.later, np.arange(len(statistics.start_frame) + 1)).tolist()
    for row in range(len(statistics.start_frame)):
        open_pairs = [pair for pair in range(edges[row], edges[row + 1]) if agrees[pair]]
        for pair in open_pairs:
            vetoing[pair] = chains.at_the_same_time(row, chains.group_of[int(pairs.earlier[pair])])
            if vetoing[pair] >= 0:
                decisions[pair] = Decision.VETOED
        free = [pair for pair in open_pairs if vetoing[pair] < 0]
        best = min(free, key=lambda pair: float(costs[pair]), default=None)
        chains.add(row, None if best is None else chains.group_of[int(pairs.earlier[best])])
        for pair in free:
            if chains.group_of[int(pairs.earlier[pair])] == chains.group_of[row]:
                decisions[pair] = Decision.JOINED if pair == best else Decision.SAME_PERSON
    return Grouping(tuple(tuple(group) for group in chains.members), tuple(decisions), tuple(vetoing))


def make_persons(tracklets: Sequence[Tracklet], groups: Sequence[Sequence[int]]) -> tuple[Person, ...]:
    """Persons numbered from 1 by (first frame, lowest tracklet id); their rows are those of their tracklets, by frame."""
    keys = {
        group: (min(int(tracklets[row].frame_numbers[0]) for row in group), min(tracklets[row].tracklet_id for row in group))
        for group in map(tuple, groups)
    }
    return tuple(
        join_tracklets([tracklets[row] for row in group], number)
        for number, group in enumerate(sorted(keys, key=keys.__getitem__), start=1)
    )
