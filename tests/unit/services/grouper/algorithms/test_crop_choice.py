"""Crops are chosen over the whole appearance, and batches hold whole persons."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grouper.algorithms.crop_choice import Sampling, chosen_crops, whole_batches

STRATIFIED, UNIFORM, WEIGHTED = Sampling.STRATIFIED, Sampling.UNIFORM, Sampling.QUALITY_WEIGHTED


def test_the_best_of_each_part_is_chosen_in_time_order() -> None:
    assert chosen_crops(np.array([1, 5, 2, 9, 9, 3, 0, 1.0]), 4, STRATIFIED).tolist() == [1, 3, 4, 7]


def test_equal_steps_do_not_look_at_quality() -> None:
    assert chosen_crops(np.array([1, 5, 2, 9, 9, 3, 0, 1.0]), 4, UNIFORM).tolist() == [1, 3, 5, 7]
    assert chosen_crops(np.zeros(10), 3, UNIFORM).tolist() == [1, 5, 8]


def test_a_stretch_of_bad_crops_fills_fewer_places() -> None:
    scores = np.array([0.1] * 8 + [0.8] * 4)
    assert chosen_crops(scores, 4, STRATIFIED).tolist() == [0, 3, 8, 9]
    assert chosen_crops(scores, 4, WEIGHTED).tolist() == [0, 8, 9, 11]  # with the mean of 1/3 added parts have 2 each
    assert chosen_crops(np.array([9.0, 0, 0, 0, 0, 0]), 3, WEIGHTED).tolist() == [0, 1, 2]
    assert chosen_crops(np.zeros(6), 3, WEIGHTED).tolist() == [0, 2, 4]


@pytest.mark.parametrize("sampling", Sampling)
def test_fewer_crops_than_wanted_are_all_used(sampling: Sampling) -> None:
    assert chosen_crops(np.array([3.0, 1.0]), 50, sampling).tolist() == [0, 1]
    assert chosen_crops(np.zeros(0), 50, sampling).tolist() == []
    assert chosen_crops(np.ones(7), 0, sampling).tolist() == []


@given(st.lists(st.floats(0, 1), max_size=80), st.integers(0, 20), st.sampled_from(Sampling))
def test_as_many_as_wanted_in_time_order(scores: list[float], count: int, sampling: Sampling) -> None:
    chosen = chosen_crops(np.array(scores), count, sampling)
    assert len(chosen) == min(count, len(scores))
    assert np.all(np.diff(chosen) > 0)
    assert np.all((chosen >= 0) & (chosen < len(scores)))


@given(st.lists(st.floats(0, 1), max_size=80), st.integers(1, 20), st.sampled_from([STRATIFIED, UNIFORM]))
def test_the_choice_spans_the_appearance(scores: list[float], count: int, sampling: Sampling) -> None:
    chosen = chosen_crops(np.array(scores), count, sampling)
    if len(scores) > count:
        width = len(scores) / count
        assert np.all(np.abs((chosen + 0.5) / width - (np.arange(count) + 0.5)) <= 1)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=80), st.integers(1, 20), st.data())
def test_no_stretch_has_less_than_half_its_share(scores: list[float], count: int, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(scores)))
    end = data.draw(st.integers(start, len(scores)))
    chosen = chosen_crops(np.array(scores), count, WEIGHTED)
    inside = np.sum((chosen >= start) & (chosen < end))
    assert inside >= (end - start) / len(scores) * len(chosen) / 2 - 2


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
