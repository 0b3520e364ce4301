"""Gated assignment against every possible pairing."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from services.tracker.algorithms.assignment import assign

gain_matrices = arrays(
    np.float64, array_shapes(min_dims=2, max_dims=2, min_side=0, max_side=4), elements=st.integers(-3, 9).map(lambda n: n / 10)
)


def best_sum(gains):
    """Largest sum over all ways to pair rows with columns, pairs at a loss left out."""
    if gains.shape[0] > gains.shape[1]:
        gains = gains.T
    rows, columns = gains.shape
    return max(sum(max(gains[row, column], 0) for row, column in enumerate(choice)) for choice in permutations(range(columns), rows))


@given(gain_matrices)
def test_the_sum_is_the_largest_and_every_pair_gains(gains):
    rows, columns = assign(gains)
    assert (gains[rows, columns] > 0).all()
    assert len(set(rows.tolist())) == len(set(columns.tolist())) == len(rows) == len(columns)
    assert rows.tolist() == sorted(rows.tolist())
    assert gains[rows, columns].sum() == pytest.approx(best_sum(gains), abs=1e-8)


@given(gain_matrices)
def test_among_equal_sums_lower_rows_and_columns_are_taken(gains):
    """Checked on matrices of one gain: any full pairing is as good, and the diagonal is the one that is stated."""
    level = np.full_like(gains, 0.5)
    rows, columns = assign(level)
    assert rows.tolist() == columns.tolist() == list(range(min(gains.shape)))


def test_nothing_is_paired_at_a_loss_to_pair_more():
    """0.9 alone is worth more than 0.2 + 0.3; a full pairing would take the two."""
    rows, columns = assign(np.array([[0.9, 0.2], [0.3, -0.5]]))
    assert (rows.tolist(), columns.tolist()) == ([0], [0])


def test_uncontested_pairs_need_no_solver():
    rows, columns = assign(np.array([[0, 0, 0.1], [0.4, 0, 0], [0, 0, 0]]))
    assert (rows.tolist(), columns.tolist()) == ([0, 1], [2, 0])


@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0), (2, 2)])
def test_no_gain_no_pairs(shape):
    rows, columns = assign(np.zeros(shape))
    assert len(rows) == len(columns) == 0
    assert rows.dtype == columns.dtype == np.int64
