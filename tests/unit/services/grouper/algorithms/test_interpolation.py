"""Rows are added where a person can hardly have been elsewhere, and marked."""

from dataclasses import replace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.camera_path import camera_path
from castlist.domain.records import Person
from castlist.domain.shots import NO_CUTS
from services.grouper.algorithms.continuation import Scene
from services.grouper.algorithms.interpolation import interpolate

SCENE = Scene(400, 300, 10.0)


def walk(frames, step=2.0, jump=0.0) -> Person:
    """A box of 20 x 40 px that moves by `step` a frame, and once, in the middle of its rows, by `jump` more."""
    numbers = np.array(frames, np.int64)
    lefts = numbers * step + jump * (np.arange(len(numbers)) >= len(numbers) / 2)
    boxes = np.stack([lefts, np.zeros(len(numbers)), lefts + 20, np.full(len(numbers), 40.0)], axis=1).astype(np.float32)
    return Person(1, (1,), numbers, numbers + 500, boxes, np.full(len(numbers), 0.8, np.float32))


def test_a_short_gap_is_filled_on_a_straight_line() -> None:
    found = interpolate(walk([*range(10), *range(13, 23)]), SCENE, 20, 1.5)
    assert found.frame_numbers.tolist() == list(range(23))
    assert np.flatnonzero(found.interpolated).tolist() == [10, 11, 12]
    assert found.detection_indices[9:14].tolist() == [509, -1, -1, -1, 513]
    assert found.confidences[9:14].tolist() == [np.float32(0.8), 0, 0, 0, np.float32(0.8)]
    np.testing.assert_allclose(found.boxes, walk(range(23)).boxes, atol=1e-4)


def test_long_gaps_are_left() -> None:
    person = walk([*range(10), *range(13, 23)])
    assert interpolate(person, SCENE, 2, 1.5).frame_numbers.tolist() == person.frame_numbers.tolist()
    assert interpolate(person, SCENE, 0, 1.5).frame_numbers.tolist() == person.frame_numbers.tolist()
    assert len(interpolate(person, SCENE, 3, 1.5).frame_numbers) == 23


def test_a_jump_is_left() -> None:
    """Three body heights further on after the gap, as over a cut of the film: not where the motion led."""
    person = walk([*range(10), *range(13, 23)], jump=120)
    assert interpolate(person, SCENE, 20, 1.5).frame_numbers.tolist() == person.frame_numbers.tolist()


def test_what_flickers_is_left() -> None:
    """Seen in less than half of the frames of a second: not being detected is no exception there."""
    person = walk([0, 3, 6, 9, 12, 15, 18, 21])
    assert interpolate(person, SCENE, 20, 1.5).frame_numbers.tolist() == person.frame_numbers.tolist()


def test_frames_that_nobody_was_looked_for_in_are_filled() -> None:
    """Every fifth frame was examined, and in frame 10 nobody was found; longer than the limit, but no gap where none was missed."""
    scene = replace(SCENE, unexamined=np.array([frame for frame in range(80) if frame % 5]), examined_share=0.2)
    found = interpolate(walk(range(0, 31, 5)), scene, 3, 1.5)
    assert found.frame_numbers.tolist() == list(range(31))
    np.testing.assert_allclose(found.boxes, walk(range(31)).boxes, atol=1e-4)
    missed = walk([0, 5, 15, 20])
    assert interpolate(missed, scene, 8, 1.5).frame_numbers.tolist() == [*range(6), *range(15, 21)]
    assert interpolate(missed, scene, 9, 1.5).frame_numbers.tolist() == list(range(21))
    assert interpolate(missed, scene, 0, 1.5).frame_numbers.tolist() == [0, 5, 15, 20]


def test_several_gaps() -> None:
    found = interpolate(walk([*range(8), *range(10, 20), *range(21, 30)]), SCENE, 20, 1.5)
    assert found.frame_numbers.tolist() == list(range(30))
    assert np.flatnonzero(found.interpolated).tolist() == [8, 9, 20]


@given(st.sets(st.integers(0, 80), min_size=1), st.floats(0, 20), st.integers(0, 30))
def test_what_was_seen_stays_as_it_was(frames, jump, max_gap_frames) -> None:
    person = walk(sorted(frames), jump=jump)
    found = interpolate(person, SCENE, max_gap_frames, 1.5)
    seen = np.flatnonzero(~found.interpolated)
    assert np.all(np.diff(found.frame_numbers) > 0)
    for name in ("frame_numbers", "detection_indices", "boxes", "confidences"):
        np.testing.assert_array_equal(getattr(found, name)[seen], getattr(person, name))
        assert getattr(found, name).dtype == getattr(person, name).dtype
    again = interpolate(replace(found, detection_indices=np.arange(len(found.frame_numbers))), SCENE, 0, 1.5)
    np.testing.assert_array_equal(again.boxes, found.boxes)


def test_a_gap_is_filled_where_the_camera_looked_meanwhile() -> None:
    """Somebody walks two pixels a frame; a blow moves the picture by 30 px in frame 11 alone."""
    walker = walk([*range(10), *range(13, 23)])
    motions = np.tile([1.0, 0.0, 0.0, 0.0], (23, 1))
    motions[11, 3], motions[12, 3] = 30, -30
    found = interpolate(walker, replace(SCENE, camera=camera_path(motions, NO_CUTS)), 20, 1.5)
    expected = walk(range(23)).boxes
    expected[11] += np.array([0, 30, 0, 30], np.float32)
    np.testing.assert_allclose(found.boxes, expected, atol=1e-4)
