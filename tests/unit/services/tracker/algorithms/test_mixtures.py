"""Pictures explained by two others."""

import numpy as np
import pytest

from services.tracker.algorithms.mixtures import Mixtures, softened
from tests.fixtures.views import view

HEIGHT, WIDTH = 18, 32


def part(seed, down=0, right=0):
    """What a camera that looks a little lower, or more to the right, sees of a scene at half the size of thumbnails."""
    return view(seed, 40, 60)[10 + down :, 10 + right :][:HEIGHT, :WIDTH].astype(np.float32)


@pytest.mark.parametrize("share", [0.25, 0.5, 0.75])
def test_weights_and_share_of_a_mixture(share):
    found = Mixtures(part(1), part(2)).of(part(1) * (1 - share) + part(2) * share)
    assert (found.old, found.new) == pytest.approx((1 - share, share), abs=0.02)
    assert found.share == pytest.approx(share, abs=0.02)
    assert found.unexplained < 0.02 < found.unexplained_alone


def test_both_pictures_may_have_moved_in_different_ways():
    mixed = 0.5 * part(1, right=-3, down=1) + 0.5 * part(2, right=2, down=-2)
    found = Mixtures(part(1), part(2)).of(mixed)
    assert found.unexplained < 0.02
    assert (found.old, found.new) == pytest.approx((0.5, 0.5), abs=0.03)


def test_a_picture_that_is_neither_is_not_explained():
    found = Mixtures(part(1), part(2)).of(part(3))
    assert found.unexplained > 0.5


def test_what_one_picture_shows_needs_no_other():
    found = Mixtures(part(1), part(2)).of(part(2, right=2))
    assert found.unexplained_alone < 0.01
    assert found.share > 0.95


def test_a_picture_turned_into_its_negative_is_no_mixture():
    found = Mixtures(part(1), part(1) * 0.5 + 20).of(255 - part(1))
    assert found.unexplained == found.unexplained_alone == pytest.approx(1, abs=0.3)


def test_how_alike_two_pictures_are_where_they_meet():
    assert Mixtures(part(1), part(1, right=4)).alikeness > 0.99
    assert Mixtures(part(1), part(2)).alikeness < 0.85


def test_pictures_of_two_rows_can_be_explained():
    flat = np.arange(64, dtype=np.float32).reshape(2, 32)
    assert Mixtures(flat, flat[:, ::-1].copy()).of(flat).share == pytest.approx(0, abs=0.05)


def test_softening_keeps_what_is_even():
    assert softened(np.full((1, 4, 6), 7, np.float32)).tolist() == np.full((1, 4, 6), 7.0).tolist()
