"""A job's crops are allotted fairly, and so that every tracklet has some."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grouper.algorithms.crop_allotment import allot


def columns(*rounds: list[int]) -> list[np.ndarray]:
    return [np.array(part, np.int64) for part in rounds]


@pytest.mark.parametrize(
    ("rounds", "lengths", "budget", "expected"),
    [
        ([[4, 4], [16, 6]], [90, 6], 22, [16, 6]),  # enough for all
        ([[4, 4], [16, 16]], [90, 80], 20, [10, 10]),  # who is longer has no more
        ([[4, 4], [16, 6]], [90, 6], 20, [14, 6]),  # what one does not want the other has
        ([[4, 4, 4], [16, 16, 16]], [9, 9, 50], 20, [7, 6, 7]),  # the rest to the longest, then to the first
        ([[4, 4, 2], [9, 4, 2]], [9, 4, 2], 10, [4, 4, 2]),
        ([[4, 4, 4]], [7, 9, 8], 2, [0, 1, 1]),  # not even one for each
        ([[4, 4], [16, 16], [16, 60]], [90, 90], 50, [16, 34]),  # a later round for those who want more
        ([[0, 0]], [0, 0], 5, [0, 0]),
        ([[], []], [], 5, []),
    ],
)
def test_by_hand(rounds: list[list[int]], lengths: list[int], budget: int, expected: list[int]) -> None:
    assert allot(columns(*rounds), np.array(lengths, np.int64), budget).tolist() == expected


WANTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 20), st.integers(0, 50), st.integers(1, 99)), max_size=30)


@given(WANTS, st.integers(0, 800))
def test_nobody_has_more_than_wanted_and_nothing_is_left_over(wants: list[tuple[int, ...]], budget: int) -> None:
    table = np.array(wants, np.int64).reshape(-1, 4)
    rounds, lengths = np.cumsum(table[:, :3], axis=1).T, table[:, 3]
    held = allot(list(rounds), lengths, budget)
    everything = rounds[-1]
    assert np.all((held >= 0) & (held <= everything))
    assert held.sum() == min(budget, everything.sum())
    if rounds[0].sum() <= budget:
        assert np.all(held >= rounds[0])
    short = held < rounds[0]
    assert not short.any() or held.max() <= held[short].min() + 1  # nobody has two more than one who is short of the first four
    assert np.all(allot(list(rounds), lengths, budget + 1) >= held)
