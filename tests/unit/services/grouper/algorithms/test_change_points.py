"""A change of looks is found where it is, and noise is no change."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grouper.algorithms.change_points import ChangeLimits, ChangePoint, change_points, cosines

LIMITS = ChangeLimits(disturbed=0.7, calm=0.6, window_crops=4, least_crops=2)
RED, BLUE = [1.0, 0.0], [0.0, 1.0]
RATHER_RED = [0.65, 0.76]  # cosine with RED a little above 0.65


def crops(*looks: list[float]) -> np.ndarray:
    return np.array(looks, np.float32)


def test_one_person_all_the_time() -> None:
    assert change_points(crops(*[RED] * 9), np.arange(9), LIMITS) == ()


def test_a_change_is_cut_where_it_is() -> None:
    assert change_points(crops(*[RED] * 5, *[BLUE] * 3), np.zeros(8, np.int64), LIMITS) == (
        ChangePoint(5, 0.0, 0.6, 4, 3, disturbed=False),
    )


def test_less_is_wanted_where_something_happened() -> None:
    """0.65 is enough in calm times and not after a disturbance."""
    vectors = crops(*[RED] * 4, *[RATHER_RED] * 4)
    calm, disturbed = np.zeros(8, np.int64), np.array([0, 0, 0, 0, 1, 1, 1, 1])
    assert change_points(vectors, calm, LIMITS) == ()
    (change,) = change_points(vectors, disturbed, LIMITS)
    assert (change.crop, change.limit, change.disturbed) == (4, 0.7, True)
    assert change.similarity == pytest.approx(0.65, abs=0.01)


def test_the_disturbed_place_is_cut_although_a_calm_one_beside_it_is_lower() -> None:
    """One last crop of the first person after the disturbance does not move the cut."""
    vectors = crops(*[RED] * 4, [0.6, 0.8], *[BLUE] * 4)
    (change,) = change_points(vectors, np.array([0, 0, 0, 0, 1, 1, 1, 1, 1]), LIMITS)
    assert (change.crop, change.disturbed) == (4, True)


def test_there_and_back() -> None:
    found = change_points(crops(*[RED] * 4, *[BLUE] * 4, *[RED] * 4), np.zeros(12, np.int64), LIMITS)
    assert [change.crop for change in found] == [4, 8]


@pytest.mark.parametrize("before", [0, 1])
def test_too_few_crops_say_nothing(before: int) -> None:
    assert change_points(crops(*[RED] * before, *[BLUE] * 5), np.zeros(before + 5, np.int64), LIMITS) == ()


def test_vectors_that_cancel_out_are_no_change() -> None:
    assert cosines(np.array([[0.0, 0.0]]), np.array([[1.0, 0.0]])).tolist() == [1.0]


@given(st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0]), st.booleans()), max_size=30))
def test_parts_are_never_too_short_and_the_similarity_is_below_the_limit(rows: list[tuple[float, bool]]) -> None:
    angles = np.array([angle for angle, _ in rows]) * np.pi / 2
    vectors = np.stack([np.cos(angles), np.sin(angles)], axis=1).astype(np.float32)
    disturbances = np.cumsum([happened for _, happened in rows]).astype(np.int64)
    found = change_points(vectors, disturbances, LIMITS)
    edges = [0, *(change.crop for change in found), len(rows)]
    assert all(end - start >= LIMITS.least_crops for start, end in pairwise(edges)) or not found
    assert all(change.similarity < change.limit for change in found)
    assert found == change_points(vectors.copy(), disturbances, LIMITS)
