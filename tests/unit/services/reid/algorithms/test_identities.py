"""Tracklets in a plane, where the cosine of two is that of the angle between them."""

from dataclasses import replace
from math import cos, radians

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.cast import Cast, CastPerson
from castlist.domain.parameters import CompareParameters
from castlist.domain.records import Tracklet
from services.reid.algorithms.identities import Identity, crop_sums, find_identities, identities_document, metrics_of

PARAMETERS = CompareParameters()


def looks(**angles: float) -> dict[int, np.ndarray]:
    """Unit vectors by tracklet, `t7=30` for tracklet 7 at 30 degrees."""
    return {int(name[1:]): np.array([cos(radians(angle)), np.sin(radians(angle))]) for name, angle in angles.items()}


def cast_of(*persons: tuple[int, ...]) -> Cast:
    """Persons 1, 2, ... with these tracklets."""
    return Cast(tuple(CastPerson(number, tracklets, (number,)) for number, tracklets in enumerate(persons, start=1)), len(persons))


def test_two_tracklets_are_as_coherent_as_they_are_alike() -> None:
    (found,) = find_identities(cast_of((4, 9)), looks(t4=0, t9=30), 0.7, PARAMETERS)
    assert found == Identity(1, 1, (4, 9), False, False, round(cos(radians(30)), 6), round(cos(radians(30)), 6))


def test_cohesion_below_the_merging_threshold_is_low() -> None:
    (found,) = find_identities(cast_of((4, 9)), looks(t4=0, t9=60), 0.7, PARAMETERS)
    assert (found.outlier, found.low_cohesion, found.cohesion_score) == (False, True, 0.5)
    (unmarked,) = find_identities(cast_of((4, 9)), looks(t4=0, t9=60), 0.7, replace(PARAMETERS, mark_low_cohesion=False))
    assert unmarked == replace(found, low_cohesion=False)
    (lower,) = find_identities(cast_of((4, 9)), looks(t4=0, t9=60), 0.5, PARAMETERS)
    assert lower == replace(found, low_cohesion=False)


def test_each_tracklet_is_held_against_all_other_crops() -> None:
    """0, 0 and 60 degrees: the first two against 30 degrees, the third against 0."""
    (found,) = find_identities(cast_of((1, 2, 3)), looks(t1=0, t2=0, t3=60), 0.7, PARAMETERS)
    assert found.min_identity_sim == 0.5
    assert found.cohesion_score == pytest.approx((2 * cos(radians(30)) + 0.5) / 3, abs=1e-6)


def test_what_does_not_look_like_the_rest_is_an_outlier_of_its_own() -> None:
    found = find_identities(cast_of((1, 2, 3), (5,)), looks(t1=0, t2=5, t3=80, t5=0), 0.7, PARAMETERS)
    assert found == (
        Identity(1, 1, (1, 2), False, False, round(cos(radians(5)), 6), round(cos(radians(5)), 6)),
        Identity(3, 1, (3,), True, False, None, None),
        Identity(2, 2, (5,), False, False, None, None),
    )
    metrics = metrics_of(found)
    assert (metrics.total_clusters, metrics.total_tracks, metrics.singleton_count, metrics.outlier_count) == (3, 4, 2, 1)


def test_or_noise() -> None:
    found = find_identities(cast_of((1, 2, 3)), looks(t1=0, t2=5, t3=80), 0.7, replace(PARAMETERS, treat_as_singletons=False))
    assert [(each.identity_id, each.person_id, each.tracklet_ids, each.outlier) for each in found] == [
        (1, 1, (1, 2), False),
        (None, 1, (3,), True),
    ]
    metrics = metrics_of(found)
    assert (metrics.total_clusters, metrics.total_tracks, metrics.singleton_count, metrics.largest_cluster_fraction) == (1, 3, 0, 2 / 3)


def test_the_least_similar_goes_first_and_the_rest_is_looked_at_again() -> None:
    """100 degrees drags the others along; without it 0, 10 and 50 hold together."""
    found = find_identities(cast_of((1, 2, 3, 4)), looks(t1=0, t2=10, t3=50, t4=100), 0.7, PARAMETERS)
    assert [(each.tracklet_ids, each.outlier) for each in found] == [((1, 2, 3), False), ((4,), True)]


def test_of_two_that_differ_neither_is_the_outlier() -> None:
    (found,) = find_identities(cast_of((1, 2)), looks(t1=0, t2=90), 0.7, PARAMETERS)
    assert (found.tracklet_ids, found.low_cohesion, found.cohesion_score) == ((1, 2), True, 0.0)


@pytest.mark.parametrize(("singletons", "numbers"), [(True, [1, 3, 2]), (False, [None, None, None])])
def test_too_small_a_person_is_made_of_outliers(singletons, numbers) -> None:
    """The first tracklet keeps the person's number, others get numbers above all."""
    parameters = replace(PARAMETERS, min_cluster_size=3, treat_as_singletons=singletons)
    found = find_identities(cast_of((1, 2), (3,)), looks(t1=0, t2=0, t3=0), 0.7, parameters)
    assert [(each.identity_id, each.tracklet_ids, each.outlier) for each in found] == [
        (number, (tracklet,), True) for number, tracklet in zip(numbers, (1, 2, 3), strict=True)
    ]


def test_without_crops_nothing_is_said() -> None:
    found = find_identities(cast_of((1, 2, 3)), {2: np.ones(2)}, 0.7, PARAMETERS)
    assert found == (Identity(1, 1, (1, 2, 3), False, False, None, None),)
    assert identities_document(())["cluster_metrics"]["total_clusters"] == 0


def test_features_of_length_zero_are_like_nothing() -> None:
    (found,) = find_identities(cast_of((1, 2)), {1: np.zeros(2), 2: np.ones(2)}, 0.7, PARAMETERS)
    assert found.cohesion_score == 0.0


def tracklet(tracklet_id: int, detections: list[int]) -> Tracklet:
    rows = np.array(detections, np.int64)
    return Tracklet(tracklet_id, rows, rows, np.zeros((len(rows), 4), np.float32), np.ones(len(rows), np.float32))


def test_sums_are_of_a_tracklets_own_sound_crops() -> None:
    vectors = np.array([[1, 2], [3, 4], [np.nan, 1], [5, 6]], np.float32)
    found = crop_sums(
        [tracklet(8, [1, 3, 9]), tracklet(2, [4, 7]), tracklet(5, [2])], np.array([3, 4, 7, 9]), vectors, np.zeros(0, np.int64)
    )
    assert {key: value.tolist() for key, value in found.items()} == {2: [3, 4], 8: [6, 8]}
    nothing = np.zeros(0, np.int64)
    assert crop_sums([], nothing, np.zeros((0, 0), np.float32), nothing) == {}


def test_crops_that_somebody_covers_say_nothing() -> None:
    vectors = np.array([[1, 0], [0, 1], [3, 3]], np.float32)
    found = crop_sums([tracklet(1, [0, 1]), tracklet(2, [2])], np.arange(3), vectors, np.array([1, 2, 5]))
    assert {key: value.tolist() for key, value in found.items()} == {1: [1, 0]}


@given(st.lists(st.lists(st.integers(0, 359), min_size=1, max_size=5), min_size=1, max_size=5), st.booleans(), st.integers(1, 3))
def test_every_tracklet_is_in_exactly_one_identity(people, singletons, size) -> None:
    numbers = iter(range(1, 100))
    tracklets = [tuple(next(numbers) for _ in angles) for angles in people]
    sums = looks(
        **{f"t{key}": angle for ids, angles in zip(tracklets, people, strict=True) for key, angle in zip(ids, angles, strict=True)}
    )
    parameters = replace(PARAMETERS, treat_as_singletons=singletons, min_cluster_size=size)
    found = find_identities(cast_of(*tracklets), sums, 0.7, parameters)
    assert sorted(key for identity in found for key in identity.tracklet_ids) == list(range(1, next(numbers)))
    ids = [identity.identity_id for identity in found if identity.identity_id is not None]
    assert len(set(ids)) == len(ids)
    assert metrics_of(found).total_tracks == sum(map(len, people))
