"""Pairs on either side of the limits, and those who are seen together."""

import numpy as np

from castlist.domain.parameters import CompareParameters
from castlist.domain.records import Person
from services.reid.algorithms.recommendations import SimilarPair, recommend, seen_together


def person(person_id: int, frames) -> Person:
    numbers = np.array(frames, np.int64)
    rows = len(numbers)
    return Person(person_id, (person_id,), numbers, numbers, np.zeros((rows, 4), np.float32), np.ones(rows, np.float32))


def test_pairs_by_limit_and_order() -> None:
    persons = [person(1, [0]), person(3, [5]), person(4, [10]), person(8, [15])]
    matrix = np.array([[1, 0.7, 0.65, 0.9], [0.7, 1, 0.649999, 0.9], [0.65, 0.649999, 1, 0.699999], [0.9, 0.9, 0.699999, 1]])
    found = recommend(persons, matrix, CompareParameters())
    assert found.recommended == (SimilarPair(1, 8, 0.9), SimilarPair(3, 8, 0.9), SimilarPair(1, 3, 0.7))
    assert found.near == (SimilarPair(4, 8, 0.699999), SimilarPair(1, 4, 0.65))
    assert found.vetoed == ()


def test_those_seen_together_are_never_recommended() -> None:
    persons = [person(1, [0, 1, 2, 30]), person(2, [2, 3]), person(3, [4, 5, 30])]
    matrix = np.array([[1, 0.95, 0.66], [0.95, 1, 0.8], [0.66, 0.8, 1]])
    found = recommend(persons, matrix, CompareParameters())
    assert found.recommended == (SimilarPair(2, 3, 0.8),)
    assert found.near == ()
    assert found.vetoed == (SimilarPair(1, 2, 0.95),)


def test_limits_are_parameters() -> None:
    matrix = np.array([[1, 0.5], [0.5, 1]])
    persons = [person(1, [0]), person(2, [1])]
    found = recommend(persons, matrix, CompareParameters(similarity_threshold=0.5, near_margin=0.0))
    assert [len(pairs) for pairs in (found.recommended, found.near, found.vetoed)] == [1, 0, 0]


def test_together_means_one_frame_at_least() -> None:
    assert seen_together(person(1, [1, 2]), person(2, [2, 3]))
    assert not seen_together(person(1, [1, 3]), person(2, [2, 4]))


def test_nobody() -> None:
    found = recommend([], np.zeros((0, 0)), CompareParameters())
    assert found.recommended == found.near == found.vetoed == ()
