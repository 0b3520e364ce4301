import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.reporter.algorithms.picture_choice import animation_rows, spread, still_rows


def test_rows_come_by_person_then_frame():
    rows = animation_rows(np.array([2, 1, 2, 1]), np.array([5, 9, 3, 4]), most=10)
    assert rows == {1: (3, 1), 2: (2, 0)}
    assert list(rows) == [1, 2]


def test_too_many_rows_are_thinned_evenly():
    assert spread(9, 3) == (0, 4, 8)
    assert spread(2, 3) == (0, 1)


@given(st.integers(1, 500), st.integers(2, 60))
def test_first_and_last_stay_and_nothing_twice(count, most):
    places = spread(count, most)
    assert places[0] == 0
    assert places[-1] == count - 1
    assert len(set(places)) == len(places) == min(count, most)


def test_a_part_of_a_person_is_shown_by_its_middle_crop():
    crops = np.array([50, 10, 30, 20, 40])
    wanted = [("first", np.array([10, 20, 30, 99])), ("nobody", np.array([7])), ("second", np.array([50])), ("beyond", np.array([40]))]
    assert still_rows(crops, wanted, most=2) == {"first": 3, "second": 0}
