"""What a crop's pixels tell, whatever its size, its brightness and its place; and how it is stored."""

import cv2
import numpy as np
import pytest

from services.detector.video.crops import CropCodec, encode_image, looks_of, parts_of

WHOLE = np.array([[0, 0, 64, 128]])


def laplacian_variances(picture: np.ndarray, rectangles: np.ndarray) -> list[float]:
    return looks_of(parts_of(picture, rectangles)).sharpness.tolist()


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


@pytest.mark.parametrize("odd", [0, 3])
def test_every_pixel_of_a_large_crop_counts(odd: int) -> None:
    small = np.random.default_rng(5).integers(12, 244, (128, 64, 1)).repeat(3, axis=2)
    dot = np.array([[-4, -4, -4, -4], [-4, 12, 12, -4], [-4, 12, 12, -4], [-4, -4, -4, -4]])  # nothing, on the whole
    signs = np.indices((128, 64)).sum(axis=0) % 2 * 2 - 1
    large = small.repeat(4, axis=0).repeat(4, axis=1) + np.kron(signs, dot)[..., None]
    large = np.pad(large, [(0, odd), (0, odd), (0, 0)]).astype(np.uint8)
    found, wanted = looks_of([large]), looks_of([small.astype(np.uint8)])
    assert found.sharpness[0] == pytest.approx(wanted.sharpness[0], rel=1e-3)
    assert found.tone_spreads[0] == pytest.approx(wanted.tone_spreads[0], abs=1)


def test_each_part_is_measured_by_itself() -> None:
    picture = np.concatenate([stripes(), np.full((128, 64, 3), 10, np.uint8)], axis=1)
    found = laplacian_variances(picture, np.array([[0, 0, 64, 128], [64, 0, 128, 128]]))
    assert found[1] == 0
    assert found[0] == pytest.approx(laplacian_variances(stripes(), WHOLE)[0])
    assert laplacian_variances(picture, np.zeros((0, 4), np.int64)) == []


def spread(picture: np.ndarray) -> int:
    return int(looks_of([picture]).tone_spreads[0])


@pytest.mark.parametrize("tone", [0, 30, 128, 255])
def test_one_even_tone_has_no_spread(tone: int) -> None:
    assert spread(np.full((90, 40, 3), tone, np.uint8)) == 0


def test_the_spread_by_hand() -> None:
    assert spread(stripes(low=50, high=200)) == 150
    assert spread(stripes(low=100, high=112)) == 12
    picture = np.full((128, 64, 3), 100, np.uint8)
    picture[:6] = 255  # 4.7 % of the pixels, which a line of rubbish in a grey picture may have
    assert spread(picture) == 0
    picture[:7] = 255  # 5.5 %
    assert spread(picture) == 155
    noise = np.random.default_rng(0).normal(128, 3, (128, 64, 1)).round().clip(0, 255).astype(np.uint8)
    assert 9 <= spread(np.repeat(noise, 3, axis=2)) <= 11  # a night picture's noise: 3.3 standard deviations


def decoded(image: bytes) -> np.ndarray:
    return cv2.imdecode(np.frombuffer(image, np.uint8), cv2.IMREAD_COLOR)


RECTANGLES = np.array([[0, 0, 64, 128], [3, 5, 24, 96], [63, 127, 64, 128]])


def test_png_is_lossless_and_jpeg_is_small() -> None:
    picture = cv2.GaussianBlur(np.random.default_rng(1).integers(0, 255, (128, 64, 3), np.uint8), (0, 0), 2)
    parts = parts_of(picture, RECTANGLES)
    assert [part.shape for part in parts] == [(128, 64, 3), (91, 21, 3), (1, 1, 3)]
    lossless = [encode_image(part, CropCodec("png", 95, 0)) for part in parts]
    lossy = [encode_image(part, CropCodec("jpeg", 95, 0)) for part in parts]
    assert [shape for _, shape in lossless] == [shape for _, shape in lossy] == [part.shape[:2] for part in parts]
    assert all(np.array_equal(decoded(image), part) for (image, _), part in zip(lossless, parts, strict=True))
    assert all(np.abs(decoded(image).astype(int) - part).max() < 16 for (image, _), part in zip(lossy, parts, strict=True))
    assert len(lossy[0][0]) < len(lossless[0][0])


def test_large_crops_are_scaled_down_in_their_proportions() -> None:
    picture = stripes(300, 600)
    codec = CropCodec("png", 95, 256)
    shapes = [(shape, decoded(image).shape[:2]) for image, shape in (encode_image(picture, codec), encode_image(picture[:50, :100], codec))]
    assert shapes == [((256, 128), (256, 128)), ((50, 100), (50, 100))]
    assert encode_image(picture, CropCodec("png", 95, 0))[1] == (600, 300)
