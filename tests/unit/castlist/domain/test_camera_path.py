"""Places that stand still while the camera moves, by hand and as an invariant."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.camera_path import camera_path
from castlist.domain.shots import NO_CUTS

BOX = np.array([[10.0, 20.0, 30.0, 60.0]])
STILL = [1.0, 0.0, 0.0, 0.0]


def path(*motions, cuts=()):
    return camera_path(np.array(motions, np.float64), np.array(cuts, np.int64))


def placed(found, frame, box=BOX):
    return found.placed(np.array([frame]), box)[0].tolist()


def test_a_box_that_moves_with_the_view_stands() -> None:
    panned = path(STILL, [1, 0, -5, 0], [1, 0, -5, 2])
    assert placed(panned, 0) == [10, 20, 30, 60]
    assert placed(panned, 1, BOX - [5, 0, 5, 0]) == [10, 20, 30, 60]
    assert placed(panned, 2, BOX - [10, -2, 10, -2]) == [10, 20, 30, 60]


def test_sides_are_zoomed_about_the_box() -> None:
    """All is twice as large and as far from the corner."""
    assert placed(path(STILL, [2, 0, 0, 0]), 1, BOX * 2) == [10, 20, 30, 60]


def test_a_turn_moves_the_centre_and_leaves_the_sides() -> None:
    """A quarter turn takes (x, y) to (-y, x): the centre (20, 40) to (-40, 20)."""
    seen = path(STILL, [0, 1, 0, 0]).seen(np.array([1]), BOX)
    assert seen[0].tolist() == pytest.approx([-50, 0, -30, 40])


def test_the_path_begins_anew_at_a_cut() -> None:
    assert placed(path(STILL, [1, 0, -5, 0], [1, 0, -5, 0], STILL, cuts=[2]), 3) == [10, 20, 30, 60]


def test_a_path_that_runs_away_begins_anew() -> None:
    """Half of a motion that was told wrongly in each of many frames must not end in numbers without meaning."""
    runaway = camera_path(np.tile([1.5, 0.0, 400.0, 0.0], (3000, 1)), NO_CUTS)
    assert np.isfinite(runaway.turns).all()
    assert np.isfinite(runaway.shifts).all()
    assert np.abs(runaway.turns).max() < 1e3
    assert np.abs(runaway.shifts).max() < 1e6


MOTION = st.tuples(st.floats(0.8, 1.2), st.floats(-0.2, 0.2), st.floats(-50, 50), st.floats(-50, 50))


@given(st.lists(MOTION, min_size=1, max_size=20), st.data())
def test_seen_undoes_placed(motions, data) -> None:
    found, frame = path(*motions), data.draw(st.integers(0, len(motions) - 1))
    standing = found.placed(np.array([frame]), BOX)
    np.testing.assert_allclose(found.seen(np.array([frame]), standing), BOX, atol=1e-6)
