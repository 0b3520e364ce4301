"""Intervals are half-open, in frames and seconds, and cut at absences."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.records import Person
from services.grouper.algorithms.appearances import Interval, appearances, frame_edges_s


def person(frames: list[int]) -> Person:
    rows = len(frames)
    return Person(1, (1,), np.array(frames), np.arange(rows), np.zeros((rows, 4), np.float32), np.ones(rows, np.float32))


def test_an_absence_longer_than_the_gap_ends_an_interval(video) -> None:
    edges_s = frame_edges_s(video, np.arange(40))
    (found,) = appearances([person([0, 1, 2, 13, 14, 26])], edges_s, 1.0)
    assert found.intervals == (Interval(0, 15, 0.0, 1.5, 5, 0), Interval(26, 27, 2.6, 2.7, 1, 0))
    assert found.observed_frames == 6
    assert found.seconds_on_screen == pytest.approx(1.6)
    assert found.coverage == pytest.approx(6 / 40)


def test_interpolated_rows_count_apart(video) -> None:
    """Frames 1 to 3 are estimated: they end no absence of their own and are not observed."""
    rows = np.array([0, 1, 2, 3, 4, 17])
    indices = np.array([7, -1, -1, -1, 8, 9])
    seen = Person(1, (1,), rows, indices, np.zeros((6, 4), np.float32), np.ones(6, np.float32))
    (found,) = appearances([seen], frame_edges_s(video, np.arange(40)), 1.0)
    assert found.intervals == (Interval(0, 5, 0.0, 0.5, 2, 3), Interval(17, 18, 1.7, 1.8, 1, 0))
    assert (found.observed_frames, found.interpolated_frames) == (3, 3)
    assert found.coverage == pytest.approx(3 / 40)


def test_frames_that_nobody_was_looked_for_in_are_no_absence(video) -> None:
    """Every thirteenth of 40 frames was examined: who was seen in three of them in a row was there all the time."""
    unexamined = np.array([frame for frame in range(40) if frame % 13])
    edges_s = frame_edges_s(video, np.arange(40))
    (found,) = appearances([person([0, 13, 26])], edges_s, 1.0, unexamined)
    assert found.intervals == (Interval(0, 27, 0.0, 2.7, 3, 0),)
    assert found.coverage == pytest.approx(3 / 4)
    (found,) = appearances([person([0, 26])], edges_s, 1.0, unexamined)
    assert [(span.start_frame, span.end_frame) for span in found.intervals] == [(0, 1), (26, 27)]


def test_the_last_frame_lasts_one_frame_duration(video) -> None:
    (found,) = appearances([person([38, 39])], frame_edges_s(video, np.arange(40)), 1.0)
    assert found.intervals == (Interval(38, 40, 3.8, 4.0, 2, 0),)


def test_times_come_from_the_frames_not_from_the_rate(video) -> None:
    pts = np.array([5, 6, 9, 10])
    edges_s = frame_edges_s(replace(video, first_pts=5), pts)
    np.testing.assert_allclose(edges_s, [0, 0.1, 0.4, 0.5, 0.6])
    (found,) = appearances([person([1])], edges_s, 1.0)
    assert found.intervals == (Interval(1, 2, 0.1, 0.4, 1, 0),)


def test_without_a_frame_rate_the_median_step_ends_the_video(video) -> None:
    timeless = replace(video, frame_rate=Fraction(0))
    np.testing.assert_allclose(frame_edges_s(timeless, np.array([0, 2, 4, 9])), [0, 0.2, 0.4, 0.9, 1.1])
    np.testing.assert_allclose(frame_edges_s(timeless, np.array([3])), [0.3, 0.3])


def test_no_frames_and_nobody(video) -> None:
    edges_s = frame_edges_s(video, np.zeros(0, np.int64))
    assert edges_s.tolist() == [0]
    assert appearances([], edges_s, 1.0) == ()


@given(st.lists(st.integers(0, 99), min_size=1, max_size=60, unique=True), st.floats(0, 3))
def test_intervals_cover_every_frame_once(frames: list[int], max_gap_s: float) -> None:
    edges_s = np.arange(101) / 10
    (found,) = appearances([person(sorted(frames))], edges_s, max_gap_s)
    assert sum(interval.observed_frames for interval in found.intervals) == len(frames)
    for frame in frames:
        assert sum(interval.start_frame <= frame < interval.end_frame for interval in found.intervals) == 1
    for before, after in zip(found.intervals[:-1], found.intervals[1:], strict=True):
        assert after.start_s - before.end_s > max_gap_s
