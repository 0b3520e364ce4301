"""The element-wise filter against the full one, written down track by track with 8 x 8 matrices."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.tracker.algorithms import kalman

boxes = arrays(
    np.float64,
    st.tuples(st.integers(1, 4), st.just(4)),
    elements=st.integers(1, 400).map(lambda n: n / 4),
).map(lambda table: np.concatenate([table[:, :2], table[:, :2] + table[:, 2:]], axis=1))

TRANSITION = np.eye(8) + np.eye(8, k=4)
SELECTION = np.eye(4, 8)


class FullFilter:
    """One track; the textbook's equations."""

    def __init__(self, measurement, sparsity):
        self.sparsity = sparsity
        self.mean = np.concatenate([measurement, np.zeros(4)])
        self.covariance = np.diag(np.concatenate([self.position_noise() * 4, self.velocity_noise() * 100]))

    def scale(self):
        return self.mean[[2, 3, 2, 3]]

    def position_noise(self):
        return (self.scale() / 20) ** 2

    def velocity_noise(self):
        return (self.sparsity * self.scale() * [1 / 100, 1 / 100, 1 / 640, 1 / 640]) ** 2

    def predict(self):
        noise = np.diag(np.concatenate([self.position_noise(), self.velocity_noise()]))
        self.mean = TRANSITION @ self.mean
        self.mean[2:4] = np.maximum(self.mean[2:4], 1e-3)
        self.covariance = TRANSITION @ self.covariance @ TRANSITION.T + noise

    def update(self, measurement):
        innovation_covariance = SELECTION @ self.covariance @ SELECTION.T + np.diag(self.position_noise())
        gain = self.covariance @ SELECTION.T @ np.linalg.inv(innovation_covariance)
        self.mean = self.mean + gain @ (measurement - SELECTION @ self.mean)
        self.covariance = (np.eye(8) - gain @ SELECTION) @ self.covariance


@given(boxes, st.lists(st.sampled_from(["predict", "see"]), min_size=1, max_size=8), st.sampled_from([1.0, 3.5]), st.integers(0, 99))
def test_equals_the_full_filter(starts, steps, sparsity, seed):
    generator = np.random.default_rng(seed)
    measurements = kalman.measure(starts)
    motion = kalman.initiate(measurements, sparsity)
    full = [FullFilter(measurement, sparsity) for measurement in measurements]
    for step in steps:
        motion = kalman.predict(motion, sparsity)
        for track in full:
            track.predict()
        if step == "see":
            seen = measurements * generator.uniform(0.9, 1.1, measurements.shape)
            motion = kalman.update(motion, seen)
            for track, measurement in zip(full, seen, strict=True):
                track.update(measurement)
    means, covariances = kalman.to_full(motion)
    assert np.allclose(means, [track.mean for track in full], rtol=1e-9, atol=1e-9)
    assert np.allclose(covariances, [track.covariance for track in full], rtol=1e-7, atol=1e-7)


@given(boxes)
def test_packing_is_exact(starts):
    motion = kalman.update(kalman.predict(kalman.initiate(kalman.measure(starts))), kalman.measure(starts + 1))
    assert np.array_equal(kalman.from_full(*kalman.to_full(motion)), motion)


def test_boxes_and_measurements():
    corners = np.array([[10.0, 20.0, 40.0, 100.0]])
    assert kalman.measure(corners).tolist() == [[25, 60, 30, 80]]
    assert kalman.boxes_of(kalman.initiate(kalman.measure(corners))).tolist() == corners.tolist()


def test_a_steady_walk_is_learnt():
    """5 pixels right a frame: after 20 frames the velocity is known to a tenth of a pixel, the size's trend is none."""
    motion = kalman.initiate(kalman.measure(np.array([[0.0, 0.0, 30.0, 80.0]])))
    for step in range(1, 21):
        motion = kalman.update(kalman.predict(motion), kalman.measure(np.array([[5.0 * step, 0.0, 5.0 * step + 30, 80.0]])))
    assert motion[0, kalman.VELOCITY].tolist() == pytest.approx([5, 0, 0, 0], abs=0.1)
    assert kalman.boxes_of(kalman.predict(motion))[0].tolist() == pytest.approx([105, 0, 135, 80], abs=0.5)


def test_no_tracks():
    none = kalman.initiate(np.zeros((0, 4)))
    assert kalman.update(kalman.predict(none), np.zeros((0, 4))).shape == (0, 5, 4)
    means, covariances = kalman.to_full(none)
    assert (means.shape, covariances.shape) == ((0, 8), (0, 8, 8))


def test_a_shrinking_box_stays_a_box():
    motion = kalman.initiate(np.array([[50.0, 50.0, 1.0, 1.0]]))
    motion[:, kalman.VELOCITY, 2:] = -2
    left, top, right, bottom = kalman.boxes_of(kalman.predict(motion))[0].tolist()
    assert right > left
    assert bottom > top


@given(boxes, st.floats(0.8, 1.25), st.floats(-0.05, 0.05), st.floats(-50, 50), st.floats(-50, 50))
def test_a_camera_moves_filters_as_the_full_filter_but_for_what_is_between_coordinates(found, zoom, angle, right, down):
    motion = kalman.predict(kalman.predict(kalman.initiate(kalman.measure(found))))
    motion[:, kalman.VELOCITY] = motion[:, kalman.POSITION] / 50
    cosine, sine = zoom * np.cos(angle), zoom * np.sin(angle)
    means, covariances = kalman.to_full(motion)
    turn = np.array([[cosine, -sine], [sine, cosine]])
    warp = np.kron(np.eye(2), np.block([[turn, np.zeros((2, 2))], [np.zeros((2, 2)), zoom * np.eye(2)]]))
    expected = means @ warp.T + [right, down, 0, 0, 0, 0, 0, 0]
    moved_means, moved_covariances = kalman.to_full(kalman.moved_by_camera(motion, np.array([cosine, sine, right, down])))
    np.testing.assert_allclose(moved_means, expected, rtol=1e-9, atol=1e-9)
    full = warp @ covariances @ warp.T
    kept = moved_covariances != 0
    np.testing.assert_allclose(moved_covariances[kept], full[kept], rtol=1e-9)
    between = np.abs(full[~kept]).max(initial=0)
    assert between <= 0.06 * np.abs(full).max()
