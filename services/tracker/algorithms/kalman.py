"""Constant-velocity Kalman filter over all tracks at once.

State: box centre x and y, width and height in pixels, and their velocities in pixels per frame. Noise grows with
the box: the standard deviations are fixed shares of the width (for x and width) and of the height (for y and height).

In this model the four coordinates never correlate: transition, noise and measurement are diagonal between them,
and a track starts without correlation. So the 8 x 8 covariance falls apart into four 2 x 2 ones, of which three
numbers each differ; every step is element-wise and equals the full filter exactly.

Sources: Kalman 1960; noise as shares of the box after SORT's successors (Wojke et al., ICIP 2017; Zhang et al.,
ECCV 2022), width and height in place of aspect and height after BoT-SORT (Aharon et al., 2022, section 3.1).
"""

import numpy as np

from castlist.domain.records import Float64

POSITION, VELOCITY, POSITION_VARIANCE, COVARIANCE, VELOCITY_VARIANCE = range(5)

_POSITION_SHARE = 1 / 20
_VELOCITY_SHARE = np.array([1 / 100, 1 / 100, 1 / 640, 1 / 640])
_START_POSITION_FACTOR = 2.0
_START_VELOCITY_FACTOR = 10.0
_SMALLEST_SIDE_PX = 1e-3


def measure(boxes: Float64) -> Float64:
    """Measurements (N, 4) as centre x, centre y, width, height of boxes (N, 4)."""
    sides = boxes[:, 2:] - boxes[:, :2]
    return np.concatenate([boxes[:, :2] + sides / 2, sides], axis=1)


def boxes_of(motion: Float64) -> Float64:
    """Boxes (T, 4) at the filter's positions."""
    centres, half_sides = motion[:, POSITION, :2], motion[:, POSITION, 2:] / 2
    return np.concatenate([centres - half_sides, centres + half_sides], axis=1)


def initiate(measurements: Float64, sparsity: float = 1.0) -> Float64:
    """Filters (N, 5, 4) of tracks that start here, with unknown velocity.

    The second axis is position, velocity, variance of the position, covariance of both, variance of the velocity.
    `sparsity` as in `predict`.
    """
    scale = _scale(measurements)
    motion = np.zeros((len(measurements), 5, 4))
    motion[:, POSITION] = measurements
    motion[:, POSITION_VARIANCE] = (_START_POSITION_FACTOR * _POSITION_SHARE * scale) ** 2
    motion[:, VELOCITY_VARIANCE] = (_START_VELOCITY_FACTOR * sparsity * _VELOCITY_SHARE * scale) ** 2
    return motion


def moved_by_camera(motion: Float64, camera: Float64) -> Float64:
    """Filters (T, 5, 4) in the coordinates of a frame to which the camera moved by (4,), as in `camera_motion`.

    As BoT-SORT's compensation (Aharon et al., 2022, section 3.2) with a similarity for its affine transform: places and velocities
    are turned, zoomed and, places, shifted; widths and heights are zoomed. Of the covariances those between coordinates are left
    out, which a turn by an angle t would make sin t * cos t times the difference of the two variances: less than a twentieth at 3 degrees.
    """
    cosine, sine, right, down = camera.tolist()
    zoom2 = cosine**2 + sine**2
    later: Float64 = motion * np.array([np.sqrt(zoom2)] * 2 + [zoom2] * 3)[:, None]
    x, y = motion[:, :2, 0], motion[:, :2, 1]
    later[:, :2, 0], later[:, :2, 1] = cosine * x - sine * y, sine * x + cosine * y
    later[:, POSITION, :2] += right, down
    of_x, of_y = motion[:, 2:, 0], motion[:, 2:, 1]
    later[:, 2:, 0], later[:, 2:, 1] = cosine**2 * of_x + sine**2 * of_y, sine**2 * of_x + cosine**2 * of_y
    return later


def predict(motion: Float64, sparsity: float = 1.0) -> Float64:
    """Filters (T, 5, 4) one frame later; velocities may change `sparsity` times as much as usual within it."""
    scale = _scale(motion[:, POSITION])
    later = motion.copy()
    later[:, POSITION] += motion[:, VELOCITY]
    np.maximum(later[:, POSITION, 2:], _SMALLEST_SIDE_PX, out=later[:, POSITION, 2:])
    later[:, COVARIANCE] += motion[:, VELOCITY_VARIANCE]
    later[:, POSITION_VARIANCE] += motion[:, COVARIANCE] + later[:, COVARIANCE] + (_POSITION_SHARE * scale) ** 2
    later[:, VELOCITY_VARIANCE] += (sparsity * _VELOCITY_SHARE * scale) ** 2
    return later


def update(motion: Float64, measurements: Float64) -> Float64:
    """Filters (T, 5, 4) after seeing measurements (T, 4), row by row."""
    position_variance = motion[:, POSITION_VARIANCE]
    innovation_variance = position_variance + (_POSITION_SHARE * _scale(motion[:, POSITION])) ** 2
    innovation = measurements - motion[:, POSITION]
    position_gain = position_variance / innovation_variance
    velocity_gain = motion[:, COVARIANCE] / innovation_variance
    seen = motion.copy()
    seen[:, POSITION] += position_gain * innovation
    seen[:, VELOCITY] += velocity_gain * innovation
    seen[:, POSITION_VARIANCE] -= position_gain * position_variance
    seen[:, VELOCITY_VARIANCE] -= velocity_gain * motion[:, COVARIANCE]
    seen[:, COVARIANCE] -= position_gain * motion[:, COVARIANCE]
    return seen


def to_full(motion: Float64) -> tuple[Float64, Float64]:
    """Means (T, 8), positions before velocities, and covariances (T, 8, 8)."""
    means = motion[:, :2].reshape(-1, 8).copy()
    covariances = np.zeros((len(motion), 8, 8))
    position = np.arange(4)
    velocity = position + 4
    covariances[:, position, position] = motion[:, POSITION_VARIANCE]
    covariances[:, position, velocity] = covariances[:, velocity, position] = motion[:, COVARIANCE]
    covariances[:, velocity, velocity] = motion[:, VELOCITY_VARIANCE]
    return means, covariances


def from_full(means: Float64, covariances: Float64) -> Float64:
    """Inverse of `to_full`, exact."""
    motion = np.empty((len(means), 5, 4))
    position = np.arange(4)
    velocity = position + 4
    motion[:, :2] = means.reshape(-1, 2, 4)
    motion[:, POSITION_VARIANCE] = covariances[:, position, position]
    motion[:, COVARIANCE] = covariances[:, position, velocity]
    motion[:, VELOCITY_VARIANCE] = covariances[:, velocity, velocity]
    return motion


def _scale(positions: Float64) -> Float64:
    """Width for x and width, height for y and height: (T, 4)."""
    return positions[:, [2, 3, 2, 3]]
