"""The twelve statistics, computed by hand."""

from dataclasses import fields

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.records import Tracklet
from services.grouper.algorithms.statistics import TrackletStatistics, path_deviations, tracklet_statistics


def test_there_are_twelve_with_these_names() -> None:
    assert [spec.name for spec in fields(TrackletStatistics)] == [
        "start_frame",
        "end_frame",
        "duration",
        "mean_center",
        "center_jitter",
        "mean_area",
        "area_variance",
        "mean_velocity",
        "velocity_magnitude",
        "first_bbox",
        "last_bbox",
        "mean_confidence",
    ]


def test_a_tracklet_by_hand() -> None:
    boxes = np.array([[0, 0, 10, 20], [3, 4, 13, 24], [6, 8, 26, 28]], np.float32)
    tracklet = Tracklet(1, np.array([10, 11, 13]), np.arange(3), boxes, np.array([0.5, 0.75, 1.0], np.float32))
    found = tracklet_statistics([tracklet])
    assert found.start_frame.tolist() == [10]
    assert found.end_frame.tolist() == [13]
    assert found.duration.tolist() == [4]
    np.testing.assert_allclose(found.mean_center, [[(5 + 8 + 16) / 3, (10 + 14 + 18) / 3]])
    np.testing.assert_allclose(found.mean_area, [(200 + 200 + 400) / 3])
    np.testing.assert_allclose(found.area_variance, [np.var([200, 200, 400])])
    np.testing.assert_allclose(found.mean_velocity, [[11 / 3, 8 / 3]])
    np.testing.assert_allclose(found.velocity_magnitude, [np.hypot(11, 8) / 3])
    # A third of the way from (5, 10) to (16, 18) is (8.667, 12.667); the centre was at (8, 14).
    np.testing.assert_allclose(found.center_jitter, [np.hypot(2 / 3, 4 / 3) / np.sqrt(3)])
    np.testing.assert_array_equal(found.first_bbox, boxes[:1])
    np.testing.assert_array_equal(found.last_bbox, boxes[2:])
    np.testing.assert_allclose(found.mean_confidence, [0.75])


def test_each_tracklet_counts_for_itself(make_tracklet) -> None:
    together = tracklet_statistics([make_tracklet(1, [3]), make_tracklet(2, range(5), step=(2, 1)), make_tracklet(3, [1, 4], step=(-1, 0))])
    for row, tracklet in enumerate(
        [make_tracklet(1, [3]), make_tracklet(2, range(5), step=(2, 1)), make_tracklet(3, [1, 4], step=(-1, 0))]
    ):
        alone = tracklet_statistics([tracklet])
        for spec in fields(TrackletStatistics):
            np.testing.assert_allclose(getattr(together, spec.name)[row], getattr(alone, spec.name)[0], err_msg=spec.name)


def test_one_row_has_neither_motion_nor_jitter(make_tracklet) -> None:
    found = tracklet_statistics([make_tracklet(1, [3])])
    assert found.velocity_magnitude.tolist() == found.center_jitter.tolist() == found.area_variance.tolist() == [0]
    assert found.duration.tolist() == [1]


def test_no_tracklets() -> None:
    found = tracklet_statistics([])
    assert all(len(getattr(found, spec.name)) == 0 for spec in fields(found))
    assert found.mean_center.shape == (0, 2)
    assert found.first_bbox.shape == (0, 4)


@given(st.integers(-50, 50), st.integers(-50, 50), st.lists(st.integers(0, 1000), min_size=1, max_size=20, unique=True))
def test_steady_motion_has_no_jitter(dx: int, dy: int, frames: list[int]) -> None:
    numbers = np.array(sorted(frames))
    middles = np.stack([numbers * dx, numbers * dy], axis=1).astype(np.float64)
    assert path_deviations(numbers, middles, np.array([0, len(numbers)])) == pytest.approx(0, abs=1e-6)
