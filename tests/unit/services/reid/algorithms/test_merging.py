"""Who is alike becomes one; who was seen together never does, however alike."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reid.algorithms.merging import Constraints, MergeLimits, MergeStep, merge_steps

MANY = 10_000


def limits(threshold: float, doubt: float) -> MergeLimits:
    return MergeLimits(threshold, threshold, doubt)


def matrix(*upper: list[float]) -> np.ndarray:
    """Symmetric, from the parts of its rows right of the diagonal."""
    count = len(upper) + 1
    found = np.eye(count)
    for row, values in enumerate(upper):
        found[row, row + 1 :] = found[row + 1 :, row] = values
    return found


def groups_after(count: int, steps: tuple[MergeStep, ...], *, unsure: bool = True) -> list[set[int]]:
    groups = [{row} for row in range(count)]
    for step in steps:
        if unsure or not step.unsure:
            first, second = (next(group for group in groups if row in group) for row in (step.first[0], step.second[0]))
            assert (first, second) == (set(step.first), set(step.second))
            groups.remove(second)
            first |= second
    return groups


def test_the_most_alike_come_first() -> None:
    steps = merge_steps(matrix([0.8, 0.1, 0.1], [0.1, 0.1], [0.9]), np.full(4, MANY), Constraints(), limits(0.7, 0.0))
    assert [(step.first, step.second, step.similarity, step.unsure) for step in steps] == [
        ((2,), (3,), 0.9, False),
        ((0,), (1,), 0.8, False),
    ]


def test_groups_are_as_alike_as_all_their_pairs_are_in_the_mean() -> None:
    """0 and 1 are one; 2 is like 0 by 0.9 and like 1 by 0.6, and 1 has three times as many crops."""
    steps = merge_steps(matrix([0.95, 0.9], [0.6]), np.array([100, 300, 200]), Constraints(), limits(0.6, 0.0))
    assert [(step.first, step.second, step.similarity) for step in steps] == [((0,), (1,), 0.95), ((0, 1), (2,), 0.675)]


def test_who_was_seen_together_is_never_one_and_nor_are_their_others() -> None:
    """1 belongs to 0; 2 was seen with 0, so it is not 1 either, although they look the same."""
    similarities = matrix([0.9, 0.9], [0.89])
    steps = merge_steps(similarities, np.full(3, MANY), Constraints(apart=[(0, 2)]), limits(0.5, 0.0))
    assert groups_after(3, steps) == [{0, 1}, {2}]


def test_few_crops_make_it_unsure() -> None:
    """0.3 x sqrt(1/4 + 1/4) = 0.21 is taken off 0.9, so 0.7 is not certain."""
    (step,) = merge_steps(matrix([0.9]), np.array([4, 4]), Constraints(), limits(0.7, 0.3))
    assert (step.unsure, step.crops) == (True, (4, 4))
    assert step.sure_similarity == pytest.approx(0.9 - 0.3 * 0.5**0.5)
    (step,) = merge_steps(matrix([0.9]), np.array([4, 4]), Constraints(), limits(0.65, 0.3))
    assert not step.unsure


def test_more_may_be_wanted_of_a_sure_step() -> None:
    (step,) = merge_steps(matrix([0.8]), np.full(2, MANY), Constraints(), MergeLimits(0.7, 0.85, 0.0))
    assert step.unsure
    assert merge_steps(matrix([0.65]), np.full(2, MANY), Constraints(), MergeLimits(0.7, 0.85, 0.0)) == ()


def test_without_clear_crops_nothing_is_sure() -> None:
    for doubt in (0.0, 0.3):
        (step,) = merge_steps(matrix([1.0]), np.array([0, 50]), Constraints(), limits(-1.0, doubt))
        assert step.unsure


def test_groups_that_are_given_are_kept_if_they_may() -> None:
    similarities = matrix([0.1, 0.1], [0.8])
    steps = merge_steps(similarities, np.full(3, MANY), Constraints(together=[(0, 1)]), limits(0.45, 0.0))
    assert [(step.first, step.second) for step in steps] == [((0, 1), (2,))]
    impossible = Constraints(apart=[(0, 1)], together=[(0, 1)])
    assert groups_after(3, merge_steps(similarities, np.full(3, MANY), impossible, limits(0.45, 0.0))) == [{0}, {1, 2}]


def test_nobody_and_one() -> None:
    assert merge_steps(np.zeros((0, 0)), np.zeros(0, np.int64), Constraints(), limits(0.7, 0.3)) == ()
    assert merge_steps(np.eye(1), np.array([3]), Constraints(), limits(0.7, 0.3)) == ()


@st.composite
def casts(draw):
    count = draw(st.integers(1, 9))
    values = draw(st.lists(st.integers(-20, 20), min_size=count * count, max_size=count * count))
    raw = np.array(values).reshape(count, count) / 20
    similarities = (raw + raw.T) / 2
    pairs = st.tuples(st.integers(0, count - 1), st.integers(0, count - 1)).filter(lambda pair: pair[0] != pair[1])
    apart = draw(st.lists(pairs, max_size=8)) if count > 1 else []
    together = draw(st.lists(pairs, max_size=3)) if count > 1 else []
    crops = np.array(draw(st.lists(st.integers(0, 40), min_size=count, max_size=count)), np.int64)
    return similarities, crops, Constraints(apart, together)


@given(casts(), st.floats(-1, 1), st.sampled_from([0.0, 0.3]))
def test_the_veto_is_never_broken_and_all_that_may_be_merged_is(cast, threshold: float, doubt: float) -> None:
    similarities, crops, constraints = cast
    steps = merge_steps(similarities, crops, Constraints(constraints.apart), limits(threshold, doubt))
    groups = groups_after(len(crops), steps)
    assert not any({first, second} <= group for first, second in constraints.apart for group in groups)
    assert all(step.similarity >= threshold - 1e-6 for step in steps)
    assert all(step.sure_similarity >= threshold - 1e-5 for step in steps if not step.unsure)
    assert [step.unsure for step in steps] == sorted(step.unsure for step in steps)
    assert steps == merge_steps(similarities, crops, Constraints(constraints.apart), limits(threshold, doubt))


@given(casts(), st.randoms(use_true_random=False))
def test_the_order_of_constraints_does_not_matter(cast, random) -> None:
    similarities, crops, constraints = cast
    shuffled = [tuple(reversed(pair)) for pair in constraints.apart]
    random.shuffle(shuffled)
    straight = merge_steps(similarities, crops, Constraints(constraints.apart), limits(0.2, 0.3))
    assert straight == merge_steps(similarities, crops, Constraints(shuffled), limits(0.2, 0.3))


@given(casts())
def test_given_groups_never_break_the_veto(cast) -> None:
    similarities, crops, constraints = cast
    merged = {row for step in merge_steps(similarities, crops, constraints, limits(0.0, 0.0)) for row in (*step.first, *step.second)}
    for step in merge_steps(similarities, crops, constraints, limits(0.0, 0.0)):
        group = {*step.first, *step.second}
        assert not any({first, second} <= group for first, second in constraints.apart)
    assert merged <= set(range(len(crops)))


@given(casts(), st.randoms(use_true_random=False))
def test_the_order_of_persons_does_not_matter(cast, random) -> None:
    """Where no two pairs are equally alike: then the order decides, and it is stated."""
    similarities, crops, constraints = cast
    count = len(crops)
    distinct = np.unique(similarities[np.triu_indices(count, 1)])
    if len(distinct) < count * (count - 1) // 2:
        return
    crops = np.full(count, MANY)
    order = list(range(count))
    random.shuffle(order)
    place = {row: position for position, row in enumerate(order)}
    moved = Constraints([(place[first], place[second]) for first, second in constraints.apart])
    shuffled = merge_steps(similarities[np.ix_(order, order)], crops, moved, limits(0.999, 0.0))
    straight = merge_steps(similarities, crops, Constraints(constraints.apart), limits(0.999, 0.0))
    as_sets = sorted(sorted(order[row] for row in group) for group in groups_after(count, shuffled))
    assert as_sets == sorted(sorted(group) for group in groups_after(count, straight))
