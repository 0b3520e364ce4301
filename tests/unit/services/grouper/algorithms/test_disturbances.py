"""A track is disturbed where others cover it and where it is lost."""

import numpy as np

from services.grouper.algorithms.disturbances import crops_beside, disturbances
from tests.fixtures.crop_tables import crop_table


def test_a_covered_crop_disturbs_the_next_clear_one() -> None:
    table = crop_table({1: {0: 0.0, 2: 0.0, 4: 0.5, 6: 0.0, 8: 0.0}})
    assert disturbances(table, 0.15).tolist() == [False, False, False, True, False]


def test_a_touch_disturbs_before_and_after() -> None:
    table = crop_table({1: {0: 0.0, 2: 0.0, 4: 0.01, 6: 0.0, 8: 0.0}})
    assert disturbances(table, 0.15).tolist() == [False, False, True, True, False]


def test_two_missing_crops_disturb_and_one_does_not() -> None:
    table = crop_table({1: {0: 0.0, 2: 0.0, 6: 0.0, 8: 0.0, 14: 0.0, 16: 0.0}})
    assert disturbances(table, 0.15).tolist() == [False, False, False, False, True, False]


def test_tracklets_do_not_disturb_each_other() -> None:
    table = crop_table({1: {0: 0.0, 2: 0.0, 4: 0.9}, 7: {2: 0.9, 4: 0.0, 6: 0.0}})
    assert disturbances(table, 0.15).tolist() == [False] * 6


def test_nobody() -> None:
    assert disturbances(crop_table({}), 0.15).tolist() == []


def test_crops_on_both_sides_are_wanted() -> None:
    disturbed = np.array([False, False, False, False, True, False, False])
    clear = np.array([True, True, True, False, True, True, True])
    assert crops_beside(disturbed, clear, 2).tolist() == [1, 2, 4, 5]
    assert crops_beside(disturbed, clear, 0).tolist() == []
    assert crops_beside(np.zeros(7, np.bool_), clear, 2).tolist() == []
