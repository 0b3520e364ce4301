"""Scripted scenes with their expected tracks, and the promise that cutting a video changes nothing."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castlist.domain.parameters import TrackParameters
from castlist.domain.records import SegmentDetections
from services.tracker.algorithms.bytetrack import initial_state, track_segment
from services.tracker.algorithms.shot_steps import Action, ShotStep
from services.tracker.algorithms.tracks import HELD, LOST, TENTATIVE, TRACKED

WIDTH, HEIGHT = 30, 80
SURE, WEAK = 0.9, 0.3
RATE = 30.0


def detections(*frames):
    """Frames of detections (left, top, confidence), boxes 30 x 80 pixels, in the detector's order."""
    ordered = [sorted(frame, key=lambda seen: -seen[2]) for frame in frames]
    rows = np.array([seen for frame in ordered for seen in frame], np.float32).reshape(-1, 3)
    return SegmentDetections(
        frame_pts=np.arange(len(frames), dtype=np.int64) * 512,
        examined=np.ones(len(frames), np.bool_),
        detection_counts=np.array([len(frame) for frame in frames], np.int64),
        boxes=np.concatenate([rows[:, :2], rows[:, :2] + np.array([WIDTH, HEIGHT], np.float32)], axis=1),
        confidences=rows[:, 2],
    )


def followed(*frames, rate=RATE, **overrides):
    """For each frame the tracks in it as {id: left edge}."""
    tracks, _ = track_segment(initial_state(), detections(*frames), TrackParameters(**overrides), rate)
    found = [{} for _ in frames]
    for frame, identity, box in zip(tracks.frame_numbers, tracks.track_ids, tracks.boxes, strict=True):
        found[frame][int(identity)] = float(box[0])
    return found


def test_two_people_cross_and_keep_their_ids():
    right = [(100 + 8 * frame, 100, SURE) for frame in range(20)]
    left = [(252 - 8 * frame, 100, 0.8) for frame in range(20)]
    found = followed(*zip(right, left, strict=True))
    assert found == [{1: 100 + 8 * frame, 2: 252 - 8 * frame} for frame in range(20)]


def test_a_weak_detection_bridges_an_occlusion():
    confidences = [SURE] * 6 + [WEAK] * 4 + [SURE] * 4
    found = followed(*([(100 + 4 * frame, 100, confidence)] for frame, confidence in enumerate(confidences)))
    assert found == [{1: 100 + 4 * frame} for frame in range(14)]


def test_weak_and_unsure_detections_start_no_track():
    assert followed([(100, 100, WEAK)], [(100, 100, WEAK)], [(100, 100, 0.65)], [(100, 100, 0.65)]) == [{}, {}, {}, {}]


def test_an_unsure_detection_continues_a_track():
    assert followed([(100, 100, 0.7)], [(100, 100, 0.6)], [(100, 100, 0.6)]) == [{1: 100}, {1: 100}, {1: 100}]


def standing_with_gap(unseen):
    """Seen in 5 frames, unseen for some, seen in 2."""
    return [[(100, 100, SURE)]] * 5 + [[]] * unseen + [[(100, 100, SURE)]] * 2


def test_lost_and_found_within_the_buffer():
    assert followed(*standing_with_gap(3), lost_buffer_s=3 / RATE) == [{1: 100}] * 5 + [{}] * 3 + [{1: 100}] * 2


def test_closed_after_the_buffer():
    assert followed(*standing_with_gap(4), lost_buffer_s=3 / RATE) == [{1: 100}] * 5 + [{}] * 4 + [{2: 100}] * 2


def test_no_buffer_closes_at_the_first_gap():
    assert followed(*standing_with_gap(1), lost_buffer_s=0.0) == [{1: 100}] * 5 + [{}] + [{2: 100}] * 2


def test_a_walker_is_found_where_he_went_on():
    walk = [[(100 + 6 * frame, 100, SURE)] for frame in range(20)]
    hidden = walk[:10] + [[]] * 5 + walk[15:]
    assert followed(*hidden) == [{1: 100 + 6 * frame} if frame < 10 or frame >= 15 else {} for frame in range(20)]


def test_who_walks_the_other_way_is_someone_else():
    """At the place where a walker was lost somebody comes back the other way: without the cost of turning he would be taken for him."""
    walk = [[(100 + 6 * frame, 100, SURE)] for frame in range(10)]
    back = [[(154 - 6 * frame, 100, 0.75)] for frame in range(1, 5)]
    assert list(followed(*walk, *back, turn_cost=0.0)[10]) == [1]
    assert list(followed(*walk, *back, turn_cost=1.0)[10]) == [2]


@pytest.mark.parametrize(("rate", "tracks"), [(30.0, [2, 3, 4, 5]), (7.0, [2, 3, 4, 5]), (3.5, [2, 2, 2, 2])])
def test_at_few_frames_a_second_walkers_start_tracks_by_less_overlap(rate, tracks):
    """Half a width a frame: a third of both boxes in common, times 0.9, is less than 0.35 and more than half of it."""
    walk = [[(100, 100, SURE)]] + [[(300 + 15 * frame, 100, SURE)] for frame in range(4)]
    assert [list(found) for found in followed(*walk, rate=rate)] == [[1], *([track] for track in tracks)]


@pytest.mark.parametrize(("stride", "starts"), [(1, False), (4, False), (9, True)])
def test_so_they_do_where_few_frames_are_examined(stride, starts):
    """The same at 30 frames a second, of which every ninth makes 3.3."""
    frames = [[(300 + 15 * number / stride, 100, SURE)] if number % stride == 0 else [] for number in range(1, 4 * stride)]
    seen = detections([(100, 100, SURE)], *frames)
    tracks, state = track_segment(initial_state(), replace(seen, examined=np.arange(4 * stride) % stride == 0), TrackParameters(), RATE)
    assert (state.next_track_id == 3) == starts, tracks.track_ids


def test_turning_costs_less_where_frames_are_few():
    """Back by half a width, 15 px, where the walk went on by 6: at a seventh of the rate the same cost is a seventh."""
    walk = [[(100 + 6 * frame, 100, SURE)] for frame in range(10)]
    back = [[(148, 100, 0.75)]]
    assert list(followed(*walk, *back, turn_cost=1.0, rate=7.0)[10]) == [2]
    assert list(followed(*walk, *back, turn_cost=1.0, rate=1.0)[10]) == [1]


def test_a_tentative_track_is_a_row_and_gone_when_it_is_not_seen_again():
    frames = [[]] + [[(100, 100, SURE)]] + [[]] + [[(100, 100, SURE)]] * 3
    assert followed(*frames) == [{}, {1: 100}, {}, {2: 100}, {2: 100}, {2: 100}]


def test_tracks_of_the_first_frame_are_confirmed_at_once():
    assert followed([(100, 100, SURE)], [], [(100, 100, SURE)]) == [{1: 100}, {}, {1: 100}]


def test_who_is_found_far_from_where_he_was_expected_is_a_new_track():
    """7 pixels a frame, then 40 more than that after four frames behind something: no overlap with where he would be."""
    walk = (
        [[(100 + 7 * frame, 100, SURE)] for frame in range(12)]
        + [[]] * 4
        + [[(100 + 7 * frame + 40, 100, SURE)] for frame in range(16, 20)]
    )
    assert [list(tracks) for tracks in followed(*walk)] == [[1]] * 12 + [[]] * 4 + [[2]] * 4


def test_who_stood_is_not_looked_for_far_away():
    stood = [[(100, 100, SURE)]] * 12 + [[]] * 4 + [[(140, 100, SURE)]] * 3
    assert [list(tracks) for tracks in followed(*stood)] == [[1]] * 12 + [[]] * 4 + [[2]] * 3


def test_detections_are_counted_over_the_video_and_rows_hold_their_boxes():
    first, second = detections([(100, 100, SURE), (300, 100, WEAK)], []), detections([(500, 50, SURE), (104, 101, 0.8)])
    parameters = TrackParameters()
    tracks, state = track_segment(initial_state(), first, parameters, RATE)
    assert (tracks.track_ids.tolist(), tracks.frame_numbers.tolist(), tracks.detection_indices.tolist()) == ([1], [0], [0])
    tracks, state = track_segment(state, second, parameters, RATE)
    assert (tracks.frame_offset, tracks.detection_offset) == (2, 2)
    assert (tracks.track_ids.tolist(), tracks.frame_numbers.tolist(), tracks.detection_indices.tolist()) == ([1, 2], [2, 2], [3, 2])
    assert tracks.boxes.tolist() == [[104, 101, 134, 181], [500, 50, 530, 130]]
    assert tracks.confidences.tolist() == pytest.approx([0.8, 0.9])
    assert tracks.frame_pts.tolist() == second.frame_pts.tolist()
    assert (state.next_track_id, state.frame_count, state.detection_count) == (3, 3, 4)


def test_the_state_says_what_became_of_each_track():
    frames = detections([(100, 100, SURE), (300, 100, SURE)], [(100, 100, SURE)], [(100, 100, SURE), (500, 100, SURE)])
    _, state = track_segment(initial_state(), frames, TrackParameters(), RATE)
    assert state.track_ids.tolist() == [1, 2, 3]
    assert state.statuses.tolist() == [TRACKED, LOST, TENTATIVE]
    assert state.first_frames.tolist() == [0, 0, 2]
    assert state.last_frames.tolist() == [2, 0, 2]
    assert (state.means.shape, state.covariances.shape) == ((3, 8), (3, 8, 8))


def test_a_segment_without_frames_or_detections():
    state = initial_state()
    for frames in ((), ([], [])):
        tracks, state = track_segment(state, detections(*frames), TrackParameters(), RATE)
        assert len(tracks.track_ids) == 0
        assert tracks.boxes.shape == (0, 4)
    assert (state.frame_count, state.next_track_id) == (2, 1)


def crowd(seed, frame_count=60, people=8):
    """People on random walks in a small room, with misses and weak detections: many contests and losses."""
    generator = np.random.default_rng(seed)
    places = generator.uniform(0, 250, (people, 2))
    steps = generator.normal(0, 5, (people, 2))
    frames = []
    for _ in range(frame_count):
        places = places + steps + generator.normal(0, 2, (people, 2))
        steps = np.where((places < 0) | (places > 250), -steps, steps)
        seen = generator.random(people) < 0.85
        frames.append([(*place, confidence) for place, confidence in zip(places[seen], generator.uniform(0.1, 1, seen.sum()), strict=True)])
    return detections(*frames)


def cut(whole, frame_cuts):
    """The same detections as segments that start at these frames."""
    bounds = [0, *sorted(frame_cuts), len(whole.frame_pts)]
    rows = np.concatenate([[0], np.cumsum(whole.detection_counts)])
    for start, end in pairwise(bounds):
        inside = slice(rows[start], rows[end])
        yield SegmentDetections(
            whole.frame_pts[start:end],
            whole.examined[start:end],
            whole.detection_counts[start:end],
            whole.boxes[inside],
            whole.confidences[inside],
        )


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.lists(st.integers(0, 60), max_size=19))
def test_any_cut_into_segments_gives_the_same_rows(seed, frame_cuts):
    whole, parameters = crowd(seed), TrackParameters()
    expected, expected_state = track_segment(initial_state(), whole, parameters, RATE)
    state, parts = initial_state(), []
    for segment in cut(whole, frame_cuts):
        tracks, state = track_segment(state, segment, parameters, RATE)
        parts.append(tracks)
    for column in ("track_ids", "frame_numbers", "detection_indices", "boxes", "confidences", "frame_pts"):
        assert np.array_equal(np.concatenate([getattr(part, column) for part in parts]), getattr(expected, column))
    for column in set(type(state).__slots__) - {"shots"}:
        assert np.array_equal(getattr(state, column), getattr(expected_state, column))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 10_000))
def test_rows_are_ordered_and_no_detection_is_used_twice(seed):
    whole = crowd(seed)
    tracks, state = track_segment(initial_state(), whole, TrackParameters(), RATE)
    places = list(zip(tracks.frame_numbers.tolist(), tracks.track_ids.tolist(), strict=True))
    assert places == sorted(set(places))
    assert len(set(tracks.detection_indices.tolist())) == len(tracks.detection_indices)
    assert np.array_equal(tracks.boxes, whole.boxes[tracks.detection_indices])
    assert sorted(set(tracks.track_ids.tolist())) == list(range(1, state.next_track_id))


def test_the_state_that_was_given_is_not_touched():
    _, state = track_segment(initial_state(), crowd(1), TrackParameters(), RATE)
    copy = replace(state, **{name: np.copy(getattr(state, name)) for name in ("statuses", "last_frames", "means", "covariances")})
    track_segment(state, crowd(2), TrackParameters(), RATE)
    for name in ("statuses", "last_frames", "means", "covariances"):
        assert np.array_equal(getattr(state, name), getattr(copy, name))


def test_in_frames_that_were_not_examined_tracks_just_move_on():
    walked = [[(number * 4, 100, SURE)] for number in range(30)]
    whole = detections(*(frame if number % 3 == 0 else [] for number, frame in enumerate(walked)))
    strided = replace(whole, examined=np.arange(30) % 3 == 0)
    tracks, state = track_segment(initial_state(), strided, TrackParameters(lost_buffer_s=1 / RATE), RATE)
    assert set(tracks.track_ids.tolist()) == {1}
    assert tracks.frame_numbers.tolist() == list(range(0, 30, 3))
    assert state.means[0, 4] == pytest.approx(4, abs=0.5), "pace is per frame, not per examined frame"
    unseen, _ = track_segment(initial_state(), whole, TrackParameters(lost_buffer_s=1 / RATE), RATE)
    assert len(set(unseen.track_ids.tolist())) > 1, "had it been looked for, it would have been lost"


def with_steps(frames, steps):
    """For each frame the ids in it."""
    tracks, state = track_segment(initial_state(), detections(*frames), TrackParameters(), RATE, steps)
    return [tracks.track_ids[tracks.frame_numbers == number].tolist() for number in range(len(frames))], state


def test_no_track_goes_on_after_a_cut():
    steps = {5: (ShotStep(Action.HOLD, 5),), 8: (ShotStep(Action.END, 5),)}
    found, state = with_steps([[(100, 100, SURE)]] * 12, steps)
    assert found == [[1]] * 5 + [[2]] * 7
    assert state.track_ids.tolist() == [2]


def test_the_first_frame_of_a_shot_is_like_that_of_a_video():
    _, state = with_steps([[(100, 100, SURE)]] * 6, {5: (ShotStep(Action.HOLD, 5),)})
    assert state.statuses.tolist() == [HELD, TRACKED]


def test_after_a_flash_tracks_go_on():
    steps = {5: (ShotStep(Action.HOLD, 5),), 7: (ShotStep(Action.RELEASE, 5),)}
    found, state = with_steps([[(100 + 4 * number, 100, SURE)] for number in range(12)], steps)
    assert found == [[1]] * 5 + [[2]] * 2 + [[1]] * 5
    assert state.track_ids.tolist() == [1]


def test_held_tracks_wait_as_long_as_it_is_open():
    found, _ = with_steps([[(100, 100, SURE)]] * 5 + [[]] * 60 + [[(100, 100, SURE)]], {5: (ShotStep(Action.HOLD, 5),)})
    assert found[-1] == [2]


def test_a_flash_within_an_open_cut_brings_back_the_later_tracks_only():
    steps = {5: (ShotStep(Action.HOLD, 5),), 7: (ShotStep(Action.HOLD, 7),), 8: (ShotStep(Action.RELEASE, 7, 5),)}
    found, state = with_steps([[(100, 100, SURE)]] * 10, steps)
    assert found == [[1]] * 5 + [[2]] * 2 + [[3]] + [[2]] * 2
    assert dict(zip(state.track_ids.tolist(), state.statuses.tolist(), strict=True)) == {1: HELD, 2: TRACKED}


def test_tracks_go_with_the_camera():
    """The camera turns away by 60 px at once: who stands is 60 px to the left."""
    frames = [[(300, 100, SURE)]] * 5 + [[(240, 100, SURE)]] * 5
    camera = np.tile([1.0, 0, 0, 0], (10, 1))
    camera[5, 2] = -60
    tracks, _ = track_segment(initial_state(), detections(*frames), TrackParameters(), RATE, camera=camera)
    assert tracks.track_ids.tolist() == [1] * 10
    alone, _ = track_segment(initial_state(), detections(*frames), TrackParameters(), RATE)
    assert set(alone.track_ids.tolist()) == {1, 2}
