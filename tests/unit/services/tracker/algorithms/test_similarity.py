"""Agreement of predictions and detections, by hand."""

import numpy as np
import pytest

from services.tracker.algorithms.similarity import height_modulated_iou, turn


def boxes(*table):
    return np.array(table, np.float64).reshape(-1, 4)


def test_vertical_extents_modulate_the_iou():
    predicted = boxes((0, 0, 10, 20))
    found = height_modulated_iou(predicted, boxes((0, 0, 10, 20), (5, 0, 15, 20), (0, 10, 10, 30), (50, 0, 60, 20)))
    assert found.tolist() == [[1, pytest.approx(1 / 3), pytest.approx(1 / 3 * 1 / 3), 0]]


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
    assert height_modulated_iou(boxes((0, 0, 1, 1)), boxes()).shape == (1, 0)
