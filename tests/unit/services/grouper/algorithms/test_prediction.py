"""Predicted motion tells those who go on from those who merely pass the same place."""

import pytest

from services.grouper.algorithms.pairs import successive_pairs
from services.grouper.algorithms.prediction import prediction_errors
from services.grouper.algorithms.statistics import tracklet_statistics


def errors(*tracklets, window_frames: int = 5, doubt: float = 0.0) -> list[float]:
    return prediction_errors(tracklets, successive_pairs(tracklet_statistics(tracklets), None, 100), window_frames, doubt).tolist()


def test_one_walk_seen_twice_has_no_error(make_tracklet) -> None:
    assert errors(make_tracklet(1, range(10), step=(4, 0)), make_tracklet(2, range(20, 30), at=(180, 100), step=(4, 0))) == pytest.approx(
        [0], abs=1e-4
    )


def test_one_leaves_and_another_enters_at_the_same_place(make_tracklet) -> None:
    # Ten frames at 4 px, each way, over a height of 40 px.
    leaves = make_tracklet(1, range(11), at=(360, 100), step=(4, 0))
    enters = make_tracklet(2, range(20, 30), at=(400, 100), step=(-4, 0))
    assert errors(leaves, enters) == pytest.approx([1.0], abs=1e-4)


def test_only_the_motion_near_the_gap_counts(make_tracklet) -> None:
    turned = make_tracklet(1, range(20), step=(4, 0))
    turned.boxes[10:] = turned.boxes[10]
    assert errors(turned, make_tracklet(2, range(25, 35), at=(140, 100))) == pytest.approx([0], abs=1e-4)
    assert errors(turned, make_tracklet(2, range(25, 35), at=(140, 100)), window_frames=20)[0] > 0.1


def test_doubt_grows_with_the_gap(make_tracklet) -> None:
    assert errors(make_tracklet(1, range(10)), make_tracklet(2, range(19, 25)), doubt=0.05) == pytest.approx([0.5])


def test_a_single_row_stands_still(make_tracklet) -> None:
    assert errors(make_tracklet(1, [0]), make_tracklet(2, [3], at=(120, 100))) == pytest.approx([0.5])


def test_no_tracklets() -> None:
    assert errors() == []
