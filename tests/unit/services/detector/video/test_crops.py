"""How sharp a crop is, whatever its size, its brightness and its place."""

import cv2
import numpy as np
import pytest

from services.detector.video.crops import laplacian_variances

WHOLE = np.array([[0, 0, 64, 128]])


def stripes(width: int = 64, height: int = 128, period: int = 16, low: int = 50, high: int = 200) -> np.ndarray:
    """Upright bars, in three equal channels."""
    bars = np.where(np.arange(width) % period < period // 2, low, high).astype(np.uint8)
    return np.repeat(np.tile(bars, (height, 1))[..., None], 3, axis=2)


def test_the_variance_by_hand() -> None:
    picture = np.zeros((128, 64, 3), np.uint8)
    picture[64, 32] = 200  # alone: -4 x 200 there, 200 in each of the four beside it, 0 elsewhere
    assert laplacian_variances(picture, WHOLE) == [pytest.approx((800**2 + 4 * 200**2) / (64 * 128))]


def test_blur_lowers_it() -> None:
    sharp = stripes()
    blurred = [cv2.GaussianBlur(sharp, (0, 0), sigma) for sigma in (1, 2, 4)]
    values = [laplacian_variances(picture, WHOLE)[0] for picture in (sharp, *blurred)]
    assert values == sorted(values, reverse=True)
    assert values[1] < values[0] / 2
    assert laplacian_variances(np.full_like(sharp, 99), WHOLE) == [0]


def test_size_does_not_decide() -> None:
    small, large = stripes(), stripes(256, 512, 64)
    assert laplacian_variances(large, np.array([[0, 0, 256, 512]])) == pytest.approx(laplacian_variances(small, WHOLE), rel=0.01)


def test_each_part_is_measured_by_itself() -> None:
    picture = np.concatenate([stripes(), np.full((128, 64, 3), 10, np.uint8)], axis=1)
    found = laplacian_variances(picture, np.array([[0, 0, 64, 128], [64, 0, 128, 128]]))
    assert found[1] == 0
    assert found[0] == pytest.approx(laplacian_variances(stripes(), WHOLE)[0])
    assert laplacian_variances(picture, np.zeros((0, 4), np.int64)) == []
