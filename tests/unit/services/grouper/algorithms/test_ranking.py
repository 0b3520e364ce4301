"""The four terms by hand, and an order without ties."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.parameters import CastParameters
from castlist.domain.records import Person
from services.grouper.algorithms.ranking import rank_persons, rank_weights


def person(person_id: int, rows: int, center=(200.0, 150.0), height: float = 100.0) -> Person:
    box = np.array([center[0] - 20, center[1] - height / 2, center[0] + 20, center[1] + height / 2], np.float32)
    frames = np.arange(rows)
    return Person(person_id, (person_id,), frames, frames, np.tile(box, (rows, 1)), np.ones(rows, np.float32))


def test_terms_and_score_by_hand() -> None:
    ranking = rank_persons([person(1, 20, center=(0, 0)), person(2, 40)], [0.0, 5.0], 80, (400, 300), CastParameters())
    assert [ranked.person_id for ranked in ranking] == [2, 1]
    assert [ranked.rank for ranked in ranking] == [1, 2]
    first, second = ranking
    assert (first.duration, first.coverage, first.center, first.smoothness) == pytest.approx((1.0, 0.5, 1.0, 0.5))
    assert first.score == pytest.approx(0.4 + 0.3 * 0.5 + 0.2 + 0.1 * 0.5)
    assert (second.duration, second.coverage, second.center, second.smoothness) == pytest.approx((0.5, 0.25, 0.0, 1.0))
    assert second.score == pytest.approx(0.4 * 0.5 + 0.3 * 0.25 + 0.1)


def test_weights_are_relative() -> None:
    only_center = {"rank_weight_duration": 0.0, "rank_weight_coverage": 0.0, "rank_weight_center": 0.5, "rank_weight_smoothness": 0.0}
    ranking = rank_persons([person(1, 9, center=(0, 0)), person(2, 1)], [0.0, 0.0], 10, (400, 300), CastParameters(**only_center))
    assert [(ranked.person_id, ranked.score) for ranked in ranking] == [(2, 1.0), (1, 0.0)]


def test_the_weights_are_shown_as_they_count() -> None:
    assert rank_weights(CastParameters()) == {"duration": 0.4, "coverage": 0.3, "center": 0.2, "smoothness": 0.1}
    twice = CastParameters(rank_weight_duration=1.0, rank_weight_coverage=0.5, rank_weight_center=0.5, rank_weight_smoothness=0.0)
    assert rank_weights(twice) == {"duration": 0.5, "coverage": 0.25, "center": 0.25, "smoothness": 0.0}


def test_equal_scores_go_by_number() -> None:
    ranking = rank_persons([person(1, 5), person(2, 5), person(3, 5)], [0.0] * 3, 10, (400, 300), CastParameters())
    assert [ranked.person_id for ranked in ranking] == [1, 2, 3]


def test_nobody() -> None:
    assert rank_persons([], [], 0, (400, 300), CastParameters()) == ()


@given(st.lists(st.tuples(st.integers(1, 50), st.floats(-100, 500), st.floats(-100, 400), st.floats(0, 1000)), max_size=8))
def test_terms_lie_between_0_and_1_and_ranks_are_a_permutation(rows: list[tuple[int, float, float, float]]) -> None:
    persons = [person(i, count, center=(x, y)) for i, (count, x, y, _) in enumerate(rows, start=1)]
    ranking = rank_persons(persons, [jitter for *_, jitter in rows], 50, (400, 300), CastParameters())
    assert [ranked.rank for ranked in ranking] == list(range(1, len(rows) + 1))
    assert sorted(ranked.person_id for ranked in ranking) == list(range(1, len(rows) + 1))
    assert [ranked.score for ranked in ranking] == sorted((ranked.score for ranked in ranking), reverse=True)
    for ranked in ranking:
        assert all(0 <= term <= 1 for term in (ranked.duration, ranked.coverage, ranked.center, ranked.smoothness, ranked.score))
