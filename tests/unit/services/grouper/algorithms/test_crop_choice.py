"""Crops are chosen over the whole appearance, and batches hold whole persons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grouper.algorithms.crop_choice import spread_choice, whole_batches


def test_the_best_of_each_part_is_chosen_in_time_order() -> None:
    assert spread_choice(np.array([1, 5, 2, 9, 9, 3, 0, 1.0]), 4).tolist() == [1, 3, 4, 7]


def test_fewer_crops_than_wanted_are_all_used() -> None:
    assert spread_choice(np.array([3.0, 1.0]), 50).tolist() == [0, 1]
    assert spread_choice(np.zeros(0), 50).tolist() == []


@given(st.lists(st.floats(0, 1), max_size=80), st.integers(1, 20))
def test_the_choice_spans_the_appearance(scores: list[float], count: int) -> None:
    chosen = spread_choice(np.array(scores), count)
    assert len(chosen) == min(count, len(scores))
    assert np.all(np.diff(chosen) > 0)
    if len(scores) > count:
        width = len(scores) / count
        assert np.all(np.abs((chosen + 0.5) / width - (np.arange(count) + 0.5)) <= 1)


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ([], []),
        ([0, 0], []),
        ([16, 16, 16, 16, 16], [range(4), range(4, 5)]),
        ([30, 40, 10], [range(2), range(2, 3)]),
        ([100, 1], [range(1), range(1, 2)]),
        ([64, 0, 0], [range(1)]),
    ],
)
def test_batches_hold_whole_persons(counts: list[int], expected: list[range]) -> None:
    assert list(whole_batches(counts, 64)) == expected
