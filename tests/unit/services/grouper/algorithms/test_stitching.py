"""Tracks are joined where one continuation alone is likely, and cut where going on is unlikely."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.parameters import PickParameters
from castlist.domain.records import Tracklet
from services.grouper.algorithms.continuation import Scene
from services.grouper.algorithms.stitching import Stitch, stitch

SCENE = Scene(400, 300, 10.0)
DEFAULTS = PickParameters()


def ids_and_frames(found):
    return [(tracklet.tracklet_id, tracklet.frame_numbers.tolist()) for tracklet in found]


def test_a_walker_lost_behind_something_is_one_tracklet(make_tracklet) -> None:
    before, after = make_tracklet(4, range(10), step=(2, 0)), make_tracklet(9, range(15, 25), at=(130, 100), step=(2, 0))
    (found,), _ = stitch([before, after], SCENE, DEFAULTS)
    assert ids_and_frames([found]) == [(4, [*range(10), *range(15, 25)])]
    np.testing.assert_array_equal(found.boxes, np.concatenate([before.boxes, after.boxes]))
    np.testing.assert_array_equal(found.detection_indices, np.concatenate([before.detection_indices, after.detection_indices]))


def test_where_two_could_go_on_nobody_is_joined(make_tracklet) -> None:
    """Two come out side by side where one went in: who is who is left to their looks."""
    before = make_tracklet(1, range(10))
    left, right = make_tracklet(2, range(15, 25), at=(96, 100)), make_tracklet(3, range(15, 25), at=(104, 100))
    assert ids_and_frames(stitch([before, left, right], SCENE, DEFAULTS)[0]) == ids_and_frames([before, left, right])
    joined, _ = stitch([before, replace(left, boxes=left.boxes + np.float32(2)), right], SCENE, PickParameters(link_margin=0.0))
    assert [tracklet.tracklet_id for tracklet in joined] == [1, 3]


def test_who_was_there_at_the_same_time_is_someone_else(make_tracklet) -> None:
    both = [make_tracklet(1, range(10)), make_tracklet(2, range(9, 20))]
    assert ids_and_frames(stitch(both, SCENE, DEFAULTS)[0]) == ids_and_frames(both)


def test_three_pieces_become_one(make_tracklet) -> None:
    pieces = [make_tracklet(number, range(20 * number, 20 * number + 15)) for number in (1, 2, 3)]
    assert [tracklet.tracklet_id for tracklet in stitch(pieces, SCENE, DEFAULTS)[0]] == [1]


def test_long_gaps_and_no_gaps_are_left(make_tracklet) -> None:
    pieces = [make_tracklet(1, range(10)), make_tracklet(2, range(14, 24))]
    assert len(stitch(pieces, SCENE, DEFAULTS)[0]) == 1
    assert len(stitch(pieces, SCENE, PickParameters(link_max_gap_s=0.0))[0]) == 2
    assert len(stitch([pieces[0], make_tracklet(2, range(40, 50))], SCENE, DEFAULTS)[0]) == 2


def test_a_stride_is_no_gap_to_be_cut_at(make_tracklet) -> None:
    """Who turns on the spot is doubtful across a gap, but the tracker saw him in every frame that was examined."""
    there, back = make_tracklet(1, range(0, 16, 4), step=(9, 0)), make_tracklet(1, range(16, 32, 4), at=(27, 100), step=(-9, 0))
    turning = Tracklet(1, *(np.concatenate([getattr(there, name), getattr(back, name)]) for name in COLUMNS))
    parameters = PickParameters(cut_min_cost=0.5, link_max_gap_s=0.0)
    strided = replace(SCENE, unexamined=np.array([frame for frame in range(32) if frame % 4]))
    assert len(stitch([turning], strided, parameters)[0]) == 1
    assert len(stitch([turning], SCENE, parameters)[0]) > 1


def test_a_track_that_jumps_over_a_gap_is_cut(make_tracklet) -> None:
    """At frame 20 someone twice as tall goes on three body heights away: the part gets an id above the highest."""
    near, far = make_tracklet(3, range(10)), make_tracklet(3, range(20, 30), at=(220, 100), size=(40, 80))
    jumping = Tracklet(3, *(np.concatenate([getattr(near, name), getattr(far, name)]) for name in COLUMNS))
    other = make_tracklet(7, range(30), at=(300, 200))
    found, _ = stitch([jumping, other], SCENE, DEFAULTS)
    assert [(tracklet.tracklet_id, len(tracklet.frame_numbers)) for tracklet in found] == [(3, 10), (7, 30), (8, 10)]
    assert [tracklet.tracklet_id for tracklet in stitch([jumping], SCENE, PickParameters(cut_min_cost=100.0))[0]] == [3]


def test_what_was_done_says_why(make_tracklet) -> None:
    """Three pieces of one who stands: doubt is half the gap in seconds, and from the first to the third are 1.6 s."""
    pieces = [make_tracklet(4, range(10)), make_tracklet(5, range(14, 20)), make_tracklet(6, range(25, 40))]
    (whole,), stitches = stitch(pieces, SCENE, DEFAULTS)
    assert whole.tracklet_id == 4
    first, second = stitches
    assert (first.joined, first.tracklet, first.track, first.after_frame, first.before_frame) == (True, 4, 5, 9, 14)
    assert (first.cost, first.limit, first.next_best) == (pytest.approx(0.25), 2.0, pytest.approx(0.8))
    assert (second.track, second.after_frame, second.before_frame) == (6, 19, 25)
    assert (second.cost, second.next_best) == (pytest.approx(0.3), pytest.approx(0.8))


def test_a_cut_says_why(make_tracklet) -> None:
    near, far = make_tracklet(3, range(10)), make_tracklet(3, range(20, 30), at=(220, 100), size=(40, 80))
    jumping = Tracklet(3, *(np.concatenate([getattr(near, name), getattr(far, name)]) for name in COLUMNS))
    _, (cut,) = stitch([jumping], SCENE, DEFAULTS)
    assert replace(cut, cost=0.0) == Stitch(False, 4, 3, 9, 20, 0.0, 2.25, np.inf)
    assert cut.cost > 4


def test_a_jump_without_enough_rows_to_tell_is_left(make_tracklet) -> None:
    near, far = make_tracklet(3, range(10)), make_tracklet(3, range(20, 22), at=(220, 100))
    jumping = Tracklet(3, *(np.concatenate([getattr(near, name), getattr(far, name)]) for name in COLUMNS))
    assert len(stitch([jumping], SCENE, DEFAULTS)[0]) == 1


def test_nothing() -> None:
    assert stitch([], SCENE, DEFAULTS) == ((), ())


COLUMNS = ("frame_numbers", "detection_indices", "boxes", "confidences")
spans = st.tuples(st.integers(0, 60), st.integers(3, 20), st.integers(0, 4), st.sets(st.integers(1, 18), max_size=6))


@given(st.lists(spans, max_size=8), st.floats(0, 4), st.floats(0, 1))
def test_no_row_is_lost_and_no_frame_is_twice(scene, max_cost, margin) -> None:
    tracks = []
    for number, (start, length, place, missing) in enumerate(scene, start=1):
        frames = np.array([start + step for step in range(length) if step not in missing or step in {0, length - 1}])
        boxes = np.tile(np.float32([place * 15, 0, place * 15 + 20, 40]), (len(frames), 1))
        tracks.append(Tracklet(number, frames, frames * 10 + number, boxes, np.ones(len(frames), np.float32)))
    found, _ = stitch(tracks, SCENE, PickParameters(link_max_cost=max_cost, link_margin=margin))
    assert found == tuple(sorted(found, key=lambda tracklet: (tracklet.frame_numbers[0], tracklet.tracklet_id)))
    assert len({tracklet.tracklet_id for tracklet in found}) == len(found)
    assert all(np.all(np.diff(tracklet.frame_numbers) > 0) for tracklet in found)
    rows = sorted(row for tracklet in tracks for row in tracklet.detection_indices.tolist())
    assert sorted(row for tracklet in found for row in tracklet.detection_indices.tolist()) == rows
