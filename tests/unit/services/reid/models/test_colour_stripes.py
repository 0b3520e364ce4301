"""Colours at their heights, and nothing of the background at the edges."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from services.reid.models.colour_stripes import DIMENSION, ColourStripes

RED, GREEN, BLUE = (0, 0, 255), (0, 255, 0), (255, 0, 0)


def dressed(top, bottom, background=(128, 128, 128), height: int = 96, width: int = 48) -> np.ndarray:
    picture = np.full((height, width, 3), background, np.uint8)
    picture[: height // 2, width // 4 : -width // 4] = top
    picture[height // 2 :, width // 4 : -width // 4] = bottom
    return picture


def similarity(first: np.ndarray, second: np.ndarray) -> float:
    one, other = ColourStripes().embed([first, second])
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def test_a_plain_picture_fills_one_bin_of_each_stripe() -> None:
    (found,) = ColourStripes().embed([np.full((50, 20, 3), RED, np.uint8)])
    assert found.shape == (1536,)
    rows = found.reshape(6, 8, 4, 8)
    assert np.count_nonzero(rows) == 6
    assert rows[:, 0, 3, 7].tolist() == [1] * 6


def test_the_same_clothes_are_alike_and_others_are_not() -> None:
    assert similarity(dressed(RED, BLUE), dressed(RED, BLUE, height=200, width=90)) > 0.95
    assert similarity(dressed(RED, BLUE), dressed(BLUE, RED)) < 0.2
    assert similarity(dressed(RED, BLUE), dressed(RED, GREEN)) == pytest.approx(0.5, abs=0.1)


def test_the_background_hardly_counts() -> None:
    assert similarity(dressed(RED, BLUE), dressed(RED, BLUE, background=(255, 255, 255))) > 0.9


def test_no_crops() -> None:
    assert ColourStripes().embed([]).shape == (0, DIMENSION)


@given(arrays(np.uint8, st.tuples(st.integers(1, 40), st.integers(1, 40), st.just(3))))
def test_every_crop_gives_a_row_of_one_length(crop: np.ndarray) -> None:
    (found,) = ColourStripes().embed([crop])
    assert found.shape == (DIMENSION,)
    assert np.linalg.norm(found) == pytest.approx(np.sqrt(6), rel=1e-5)


def test_hue_saturation_and_value_have_their_own_bins() -> None:
    pixel = cv2.cvtColor(np.uint8([[[100, 130, 70]]]), cv2.COLOR_HSV2BGR)
    (found,) = ColourStripes().embed([np.tile(pixel, (10, 10, 1))])
    assert found.reshape(6, 8, 4, 8)[0, 100 * 8 // 180, 130 // 64, 70 // 32] == pytest.approx(1)
