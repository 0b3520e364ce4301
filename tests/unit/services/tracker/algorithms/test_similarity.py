"""Agreement of predictions and detections, by hand."""

import numpy as np
import pytest

from services.tracker.algorithms.similarity import height_modulated_iou, turn, wide_iou


def boxes(*table):
    return np.array(table, np.float64).reshape(-1, 4)


def test_vertical_extents_modulate_the_iou():
    predicted = boxes((0, 0, 10, 20))
    found = height_modulated_iou(predicted, boxes((0, 0, 10, 20), (5, 0, 15, 20), (0, 10, 10, 30), (50, 0, 60, 20)))
    assert found.tolist() == [[1, pytest.approx(1 / 3), pytest.approx(1 / 3 * 1 / 3), 0]]


def test_wide_boxes_reach_further():
    predicted, detected = boxes((0, 0, 10, 20), (0, 0, 10, 20)), boxes((12, 0, 22, 20), (12, 10, 22, 30))
    assert height_modulated_iou(predicted, detected).tolist() == [[0, 0], [0, 0]]
    # Grown by half their size on each side: 20 x 40 at x = -5 and x = 7, so 8 of 32 columns are shared. The second
    # detection is 10 lower: 8 x 30 of 2 x 800 - 240, and a third of the vertical extents.
    wide = [pytest.approx(8 / 32), pytest.approx(240 / 1360 / 3)]
    assert wide_iou(predicted, detected, np.array([0.5, 0.0])).tolist() == [wide, [0, 0]]


def test_without_margin_wide_is_not_wide():
    predicted, detected = boxes((0, 0, 10, 20), (3, 5, 13, 25)), boxes((5, 0, 15, 20), (0, 10, 10, 30))
    assert np.allclose(wide_iou(predicted, detected, np.zeros(2)), height_modulated_iou(predicted, detected))


def test_turning_back_costs_and_going_on_does_not():
    detected = boxes((25, 0, 35, 20), (15, 10, 25, 30), (5, 0, 15, 20))  # centres right of, below and left of (20, 10)
    origins, heights = np.array([[20.0, 10.0]]), np.array([20.0])
    fast = np.array([[10.0, 0.0]])
    assert turn(fast, origins, heights, detected).tolist() == [[0, pytest.approx(0.5), pytest.approx(1)]]


def test_slow_tracks_may_turn():
    detected = boxes((5, 0, 15, 20))
    origins, heights = np.array([[20.0, 10.0]] * 2), np.array([20.0] * 2)
    standing, slow = turn(np.array([[0.0, 0.0], [0.01, 0.0]]), origins, heights, detected)[:, 0].tolist()
    assert standing == 0
    assert 0 < slow < 0.1


def test_a_detection_where_the_track_was_has_no_direction():
    assert turn(np.array([[10.0, 0.0]]), np.array([[20.0, 10.0]]), np.array([20.0]), boxes((15, 0, 25, 20))).tolist() == [[0.5]]


def test_empty_sides():
    assert height_modulated_iou(boxes(), boxes((0, 0, 1, 1))).shape == (0, 1)
    assert wide_iou(boxes((0, 0, 1, 1)), boxes(), np.array([0.3])).shape == (1, 0)
