"""Looks are clear crops with sound vectors, and follow their detections into parts."""

import numpy as np
import pytest

from services.grouper.algorithms.looks import Looks, end_similarities, looks_of, owned_looks
from services.grouper.algorithms.pairs import successive_pairs
from services.grouper.algorithms.statistics import tracklet_statistics
from tests.fixtures.crop_tables import crop_table

TABLE = crop_table({1: {0: 0.0, 2: 0.5, 4: 0.0, 6: 0.1}, 2: {10: 0.0}})
NO_LOOKS = looks_of(TABLE, np.zeros(0, np.int64), np.zeros((0, 0), np.float32), 0.15)


def looks(vectors: dict[int, tuple[float, float]]) -> Looks:
    """Of the detections that have a vector."""
    return looks_of(TABLE, np.array(sorted(vectors)), np.array([vectors[key] for key in sorted(vectors)], np.float32), 0.15)


def test_clear_embedded_crops_count() -> None:
    found = looks({1: (3, 4), 201: (1, 0), 401: (0, 2), 1002: (1, 0), 9999: (1, 0)})
    assert found.frame_numbers.tolist() == [0, 4, 10]
    assert found.tracklet_ids.tolist() == [1, 1, 2]
    assert found.vectors.tolist() == [[pytest.approx(0.6), pytest.approx(0.8)], [0, 1], [1, 0]]
    assert found.disturbances[1] > found.disturbances[0]


@pytest.mark.parametrize("broken", [(np.nan, 1), (np.inf, 0), (0, 0)])
def test_a_vector_that_says_nothing_is_left_out(broken: tuple[float, float]) -> None:
    assert looks({1: broken, 401: (0, 2)}).frame_numbers.tolist() == [4]


def test_no_vectors_at_all() -> None:
    assert len(NO_LOOKS.frame_numbers) == 0


def test_parts_get_the_looks_of_their_detections(make_tracklet) -> None:
    first, second = make_tracklet(1, range(4)), make_tracklet(7, range(4, 9))
    second = type(second)(7, second.frame_numbers, second.frame_numbers * 100 + 1, second.boxes, second.confidences)
    found = owned_looks(looks({1: (1, 0), 401: (0, 1), 601: (0, 1), 1002: (1, 0)}), [second, first])
    assert found.tracklet_ids.tolist() == [1, 7, 7]
    assert found.frame_numbers.tolist() == [0, 4, 6]


def test_ends_are_compared(make_tracklet) -> None:
    tracklets = [make_tracklet(1, range(7)), make_tracklet(2, range(9, 12)), make_tracklet(3, range(20, 22))]
    pairs = successive_pairs(tracklet_statistics(tracklets), 30, 10)
    found = end_similarities(looks({1: (1, 0), 401: (0, 1), 601: (0, 1), 1002: (0.6, 0.8)}), [1, 2, 3], pairs, 2)
    by_pair = dict(zip(zip(pairs.earlier.tolist(), pairs.later.tolist(), strict=True), found.tolist(), strict=True))
    assert by_pair[0, 1] == pytest.approx(0.8)
    assert np.isnan(by_pair[0, 2])
    assert np.isnan(end_similarities(NO_LOOKS, [1, 2, 3], pairs, 2)).all()
