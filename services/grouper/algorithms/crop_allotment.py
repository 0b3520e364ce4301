"""How many crops each tracklet keeps where a job may not keep all that its tracklets want."""

from collections.abc import Sequence

import numpy as np

from castlist.domain.records import Int64


def allot(rounds: Sequence[Int64], lengths: Int64, budget: int) -> Int64:
    """How many each of T tracklets gets, `(T,)`, out of `budget` in all.

    Every round says how many `(T,)` each may have by its end, no fewer than in the round before. A round gives to those who
    have least, all alike, until they have what it allows or nothing is left (max-min fairness: Bertsekas and Gallager,
    Data Networks, 6.5.2), and only then comes the next round. What does not go round evenly goes to the longest tracklets by
    `lengths` `(T,)`, of equal ones to the first.
    """
    held = np.zeros(len(lengths), np.int64)
    for wanted in rounds:
        held = _raised(held, np.maximum(held, wanted), lengths, budget)
    return held


def _raised(held: Int64, wanted: Int64, lengths: Int64, budget: int) -> Int64:
    """`held` brought up to `wanted` or to one level, the highest for which the budget lasts."""
    if int(wanted.sum()) <= budget:
        return wanted
    low, high = 0, int(wanted.max(initial=0))
    while low < high:  # the level is at least `low`, and below `high` if that is too much
        level = (low + high + 1) // 2
        low, high = (level, high) if int(_at_level(held, wanted, level).sum()) <= budget else (low, level - 1)
    level_held = _at_level(held, wanted, low)
    short = np.flatnonzero((level_held < wanted) & (level_held <= low))
    lucky = short[np.argsort(-lengths[short], kind="stable")][: budget - int(level_held.sum())]
    level_held[lucky] += 1
    return level_held


def _at_level(held: Int64, wanted: Int64, level: int) -> Int64:
    return np.maximum(held, np.minimum(wanted, level))
