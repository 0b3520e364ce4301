import itertools
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.video import Segment
from services.detector.video.segments import MOST_SEGMENTS, segment_length_s, segments_at_keyframes

MILLISECONDS = Fraction(1, 1000)


def starts(end_pts: int, keyframes: list[int], wanted_s: float) -> list[int]:
    parts = segments_at_keyframes(np.arange(0, end_pts, 10), end_pts, np.array(keyframes, np.int64), MILLISECONDS, wanted_s)
    return [part.start_pts for part in parts]


def test_cuts_are_at_keyframes_about_as_far_apart_as_wished() -> None:
    assert starts(20_000, list(range(0, 20_000, 2000)), 5.0) == [0, 6000, 12_000, 18_000]


def test_a_keyframe_just_before_the_wish_serves() -> None:
    assert starts(20_000, list(range(0, 20_000, 4800)), 5.0) == [0, 4800, 9600, 14_400, 19_200]


def test_where_every_frame_is_a_keyframe_the_wish_is_met() -> None:
    assert starts(1000, list(range(0, 1000, 10)), 0.3) == [0, 300, 600, 900]


def test_rare_keyframes_make_long_segments() -> None:
    assert starts(60_000, [0, 25_000, 50_000], 5.0) == [0, 25_000, 50_000]


def test_frames_before_the_first_keyframe_belong_to_the_first_segment() -> None:
    frames = np.array([-200, 100, 300, 5290, 5300, 8990])
    parts = segments_at_keyframes(frames, 9000, np.array([300, 5300], np.int64), MILLISECONDS, 5.0)
    assert parts == (Segment(-200, 5300), Segment(5300, 9000, previous_pts=5290))


def test_no_keyframes_one_segment() -> None:
    assert starts(60_000, [], 5.0) == [0]


def test_a_long_video_is_cut_into_no_more_than_two_thousand() -> None:
    assert len(starts(86_400_000, list(range(0, 86_400_000, 500)), 1.0)) <= MOST_SEGMENTS


@given(st.sets(st.integers(-5000, 100_000), max_size=60), st.integers(1, 100_000), st.floats(0.1, 600))
def test_segments_cover_the_video_once_and_start_at_keyframes(keyframes: set[int], length: int, wanted_s: float) -> None:
    first_pts, rising = -1000, np.array(sorted(keyframes), np.int64)
    parts = segments_at_keyframes(np.array([first_pts, *rising]), first_pts + length, rising, MILLISECONDS, wanted_s)
    edges = [part.start_pts for part in parts] + [parts[-1].end_pts]
    assert edges == sorted(set(edges))
    assert (edges[0], edges[-1]) == (first_pts, first_pts + length)
    assert all(earlier.end_pts == later.start_pts for earlier, later in itertools.pairwise(parts))
    assert all(part.start_pts in keyframes for part in parts[1:])


@pytest.mark.parametrize(
    ("wanted_s", "frame_rate", "duration_s", "length_s"),
    [
        (0, Fraction(25), 1, 5),
        (0, Fraction(25), 160, 5),
        (0, Fraction(25), 240, 7.5),
        (0, Fraction(25), 320, 8),
        (0, Fraction(25), 86_400, 8),
        (0, Fraction(60), 86_400, 5),
        (0, Fraction(20), 100, 5),
        (0, Fraction(10), 80, 10),
        (0, Fraction(10), 3600, 20),
        (0, Fraction(1, 4), 100, 400),
        (2.5, Fraction(10), 3600, 2.5),
        (600, Fraction(1), 60, 600),
    ],
)
def test_a_segment_has_a_hundred_frames_in_long_videos_two_hundred_unless_told(wanted_s, frame_rate, duration_s, length_s):
    assert segment_length_s(wanted_s, frame_rate, duration_s) == length_s
