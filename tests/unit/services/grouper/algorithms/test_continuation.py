"""How doubtful it is that one piece goes on as another, by hand."""

from dataclasses import replace

import numpy as np
import pytest

from castlist.domain.camera_path import camera_path
from castlist.domain.shots import NO_CUTS
from services.grouper.algorithms.continuation import Scene, continuation_costs, first_ends, gap_costs, last_ends

SCENE = Scene(400, 300, 10.0)


def cost(before, after) -> float:
    (found,) = continuation_costs(last_ends([before], SCENE), first_ends([after], SCENE), SCENE).tolist()
    return found


def test_who_stands_goes_on_where_he_stood(make_tracklet) -> None:
    """No miss and no change of size: only the doubt of one second's gap is left, half a unit."""
    assert cost(make_tracklet(1, range(10)), make_tracklet(2, range(19, 30))) == pytest.approx(0.5)


def test_a_miss_in_place_counts_in_what_people_miss_by(make_tracklet) -> None:
    """28 px are 0.7 body heights; after one second 0.1 + 0.6 are expected, so that is one unit."""
    assert cost(make_tracklet(1, range(10)), make_tracklet(2, range(19, 30), at=(128, 100))) == pytest.approx(1.5)


def test_another_size_costs(make_tracklet) -> None:
    """Half as tall at the same place: ln 2 / 0.25 units."""
    small = make_tracklet(2, range(19, 30), size=(10, 20))
    assert cost(make_tracklet(1, range(10)), small) == pytest.approx(np.log(2) / 0.25 + 0.5)


def test_walkers_go_on_as_they_walk(make_tracklet) -> None:
    """Two pixels a frame, seen again where that leads, and where it does not: turned back at once."""
    walker = make_tracklet(1, range(10), at=(100, 100), step=(2, 0))
    assert cost(walker, make_tracklet(2, range(19, 30), at=(138, 100), step=(2, 0))) < 0.6
    assert cost(walker, make_tracklet(2, range(19, 30), at=(118, 100), step=(-2, 0))) > 1.0


def test_whose_motion_leads_out_of_the_frame_has_gone(make_tracklet) -> None:
    """Both at the right border, one on the way out and one on the way in, as near each other as can be."""
    leaving = make_tracklet(1, range(10), at=(370, 100), step=(3, 0))
    entering = make_tracklet(2, range(19, 30), at=(394, 100), step=(-3, 0))
    assert cost(leaving, entering) == np.inf
    near_it = make_tracklet(1, range(10), at=(360, 100), step=(3, 0))
    assert cost(near_it, make_tracklet(2, range(11, 15), at=(393, 100), step=(1, 0))) < 1.0


def test_one_row_has_no_pace(make_tracklet) -> None:
    assert cost(make_tracklet(1, [0]), make_tracklet(2, [10])) == pytest.approx(0.5)


def test_only_the_last_second_tells_the_pace(make_tracklet) -> None:
    """He ran once, and stood for the second before the gap."""
    ran, stood = make_tracklet(1, range(10), at=(10, 100), step=(10, 0)), make_tracklet(1, range(10, 20), at=(100, 100))
    boxes = np.concatenate([ran.boxes, stood.boxes, make_tracklet(1, range(29, 40), at=(100, 100)).boxes])
    frames = np.concatenate([np.arange(20), np.arange(29, 40)])
    costs, telling = gap_costs(frames, boxes, np.array([20]), SCENE)
    assert costs.tolist() == [pytest.approx(0.5)]
    assert telling.tolist() == [10]


def test_no_pieces() -> None:
    nothing = last_ends([], SCENE)
    assert continuation_costs(nothing, nothing, SCENE).shape == (0,)
    costs, telling = gap_costs(np.arange(3), np.zeros((3, 4), np.float32), np.zeros(0, np.int64), SCENE)
    assert (costs.shape, telling.shape) == ((0,), (0,))


def panned(frames: int, px_per_frame: float) -> Scene:
    """A camera that turns to the right: what stands goes over the picture to the left."""
    motions = np.tile([1.0, 0.0, -px_per_frame, 0.0], (frames, 1))
    motions[0, 2] = 0
    return replace(SCENE, camera=camera_path(motions, NO_CUTS))


def test_who_stands_goes_on_where_he_stood_though_the_camera_turns(make_tracklet) -> None:
    """Six pixels a frame to the left, but the camera stops in the gap: only with its path it is the same place."""
    before, after = make_tracklet(1, range(10), at=(300, 100), step=(-6, 0)), make_tracklet(2, range(19, 30), at=(246, 100))
    motions = np.tile([1.0, 0.0, 0.0, 0.0], (30, 1))
    motions[1:10, 2] = -6
    scene = replace(SCENE, camera=camera_path(motions, NO_CUTS))
    (found,) = continuation_costs(last_ends([before], scene), first_ends([after], scene), scene).tolist()
    assert found == pytest.approx(0.5)
    assert cost(before, after) > 1.5


def test_who_is_left_behind_by_the_camera_has_gone(make_tracklet) -> None:
    """He stands 100 px from the left border as the camera goes on: after the gap he would be outside."""
    before = make_tracklet(1, range(10), at=(190, 100), step=(-10, 0))
    after = make_tracklet(2, range(25, 30), at=(5, 100), step=(-10, 0))
    scene = panned(30, 10)
    (found,) = continuation_costs(last_ends([before], scene), first_ends([after], scene), scene).tolist()
    assert found == np.inf
