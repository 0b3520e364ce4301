from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.reporter.algorithms.frame_times import frame_times, presence, runs
from services.reporter.algorithms.timelines import Interval

# Frames 0 to 10 take a second, 10 to 20 two: the rate varies. Beyond, the frame rate holds.
TIMES = frame_times([Interval(0.0, 1.0, 0, 10), Interval(1.0, 3.0, 10, 20)], 10.0)


def test_time_passes_evenly_between_frames_that_are_known():
    assert TIMES.at(np.array([0, 5, 10, 15, 20, 30])).tolist() == [0.0, 0.5, 1.0, 2.0, 3.0, 4.0]


def test_nothing_known_leaves_the_frame_rate_or_zero():
    assert frame_times([], 10.0).at(np.array([25])).tolist() == [2.5]
    assert frame_times([], 0.0).at(np.array([25])).tolist() == [0.0]
    assert frame_times([Interval(1.0, 2.0, 10, 20)], 10.0).at(np.array([0, 5])).tolist() == [0.0, 0.5]


def test_an_absence_ends_a_stay():
    seen = presence(np.array([0, 1, 2, 3, 4, 18, 19]), TIMES, 1.0)
    assert seen.intervals == (Interval(0.0, 0.5, 0, 5), Interval(2.6, 3.0, 18, 20))


def test_one_frame_is_a_stay():
    assert presence(np.array([4]), TIMES, 1.0).intervals == (Interval(0.4, 0.5, 4, 5),)


def test_runs_are_half_open():
    assert runs(np.array([3, 4, 5, 9, 11, 12])) == ((3, 6), (9, 10), (11, 13))
    assert runs(np.zeros(0, np.int64)) == ()


@given(st.sets(st.integers(0, 200)))
def test_runs_hold_every_frame_once(frames):
    spans = runs(np.array(sorted(frames), np.int64))
    assert [frame for start, end in spans for frame in range(start, end)] == sorted(frames)
    assert all(end < start for (_, end), (start, _) in pairwise(spans))
