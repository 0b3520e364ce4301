"""In a crowd everyone's turn comes, as often as anyone's, whatever the frame rate."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.detector.algorithms.crop_turns import in_turn


def crowd(count: int) -> np.ndarray:
    return np.array([[10 * n, 0, 10 * n + 8, 20] for n in range(count)], np.float32).reshape(-1, 4)


def test_few_people_always_have_a_turn() -> None:
    assert in_turn(crowd(64), 12345, 64).all()
    assert in_turn(crowd(0), 5, 64).tolist() == []


def test_every_third_from_left_to_right() -> None:
    turns = in_turn(crowd(9)[::-1], 0, 3)  # the rows come from right to left
    assert turns.tolist() == [False, False, True] * 3


@given(st.integers(0, 300), st.integers(0, 2**40), st.integers(1, 100))
def test_the_bound_holds(count: int, time_pts: int, most: int) -> None:
    chosen = in_turn(crowd(count), time_pts, most)
    assert chosen.sum() <= most
    assert chosen.sum() >= count // -(-count // most) if count else True


@pytest.mark.parametrize("step_pts", [1, 4, 512, 1001, 3003, 18000, 2**20])
def test_nobody_waits_long(step_pts: int) -> None:
    turns = np.array([in_turn(crowd(200), frame * step_pts, 50) for frame in range(400)])  # four turns
    assert np.all(np.abs(turns.sum(axis=0) - 100) <= 8)
    waits = [np.diff(np.flatnonzero(column), prepend=0).max() for column in turns.T]
    assert max(waits) <= 20
