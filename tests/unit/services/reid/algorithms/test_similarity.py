"""Means and cosines by hand, and degenerate rows."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.reid.algorithms.similarity import mean_embeddings, similarity_matrix


def test_the_mean_of_a_person_is_a_unit_vector() -> None:
    rows = np.float32([[3, 0], [0, 5], [1, 0], [0, 4], [6, 0]])
    persons, means = mean_embeddings(np.array([7, 2, 7, 2, 2]), rows)
    assert persons.tolist() == [2, 7]
    np.testing.assert_allclose(means, [[6 / np.hypot(6, 9), 9 / np.hypot(6, 9)], [1, 0]], rtol=1e-6)
    assert means.dtype == np.float32


def test_rows_that_are_not_finite_are_left_out() -> None:
    rows = np.float32([[3, 0], [np.nan, 5], [np.inf, 1], [0, -2]])
    persons, means = mean_embeddings(np.array([1, 1, 2, 3]), rows)
    assert persons.tolist() == [1, 2, 3]
    assert means.tolist() == [[1, 0], [0, 0], [0, -1]]


def test_rows_that_cancel_out_give_zeros() -> None:
    _, means = mean_embeddings(np.array([1, 1]), np.float32([[3, 0], [-3, 0]]))
    assert means.tolist() == [[0, 0]]


def test_cosines_by_hand() -> None:
    matrix = similarity_matrix(np.float32([[1, 0], [0.6, 0.8], [0, 0], [-1, 0]]))
    assert matrix.tolist() == [[1, 0.6, 0, -1], [0.6, 1, 0, -0.6], [0, 0, 1, 0], [-1, -0.6, 0, 1]]


def test_nobody() -> None:
    persons, means = mean_embeddings(np.zeros(0, np.int64), np.zeros((0, 5), np.float32))
    assert len(persons) == 0
    assert means.shape == (0, 5)
    assert similarity_matrix(np.zeros((0, 0), np.float32)).shape == (0, 0)


@given(arrays(np.float32, st.tuples(st.integers(1, 12), st.integers(1, 8)), elements=st.floats(-1e3, 1e3, width=32)))
def test_the_matrix_is_symmetric_bounded_and_has_a_unit_diagonal(rows: np.ndarray) -> None:
    _, means = mean_embeddings(np.arange(len(rows)), rows)
    matrix = similarity_matrix(means)
    np.testing.assert_array_equal(matrix, matrix.T)
    assert np.all(np.abs(matrix) <= 1)
    assert np.diag(matrix) == pytest.approx(1.0)
