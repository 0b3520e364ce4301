import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporter.algorithms.timelines import Bar, Interval, Presence, bars, describe_pair, read_intervals, ticks


def stay(start_s: float, end_s: float) -> Interval:
    return Interval(start_s, end_s, round(start_s * 10), round(end_s * 10))


def present(intervals: list[Interval]) -> Presence:
    frames = [np.arange(interval.start_frame, interval.end_frame) for interval in intervals]
    return Presence(tuple(intervals), np.concatenate(frames))


def test_bars_are_places_in_percent_with_exact_text():
    assert bars([stay(3.4, 12.0)], 80.0) == (Bar("4.250%", "10.750%", "0:03.4 to 0:12.0, 8.6 s, frames 34 to 119"),)


def test_a_bar_never_leaves_the_axis():
    assert bars([stay(70.0, 90.0)], 80.0)[0].width == "25.000%"
    assert bars([stay(0.0, 1.0)], 0.0)[0].x == "0%"


def test_intervals_are_read_as_the_grouper_writes_them():
    entry = {"intervals": [{"start_frame": 34, "end_frame": 120, "start_s": 3.4, "end_s": 12.0, "observed_frames": 80}]}
    assert read_intervals(entry) == (Interval(3.4, 12.0, 34, 120),)


@pytest.mark.parametrize(
    ("duration_s", "labels"),
    [
        (79.5, ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00", "1:10", "1:19.5"]),
        (80.0, ["0:00", "0:10", "0:20", "0:30", "0:40", "0:50", "1:00", "1:10", "1:20"]),
        (0.9, ["0:00", "0:00.2", "0:00.4", "0:00.6", "0:00.9"]),  # 0:00.8 would touch the end
        (7200.0, ["0:00", "15:00", "30:00", "45:00", "1:00:00", "1:15:00", "1:30:00", "1:45:00", "2:00:00"]),
    ],
)
def test_ticks_are_at_round_times_and_at_the_end(duration_s, labels):
    assert [tick.label for tick in ticks(duration_s)] == labels


def test_outer_ticks_keep_their_labels_inside():
    marks = ticks(60.0)
    assert (marks[0].anchor, marks[1].anchor, marks[-1].anchor) == ("start", "middle", "end")
    assert ticks(0.0) == ()


@given(st.floats(0.05, 1e6))
def test_ticks_rise_and_stay_few(duration_s):
    marks = [float(tick.x.rstrip("%")) for tick in ticks(duration_s)]
    assert marks == sorted(marks)
    assert marks[0] == 0
    assert marks[-1] == 100
    assert len(marks) <= (10 if duration_s < 300_000 else 30)


@pytest.mark.parametrize(
    ("first", "second", "text"),
    [
        ([stay(0, 4)], [stay(10, 12)], "Person 2 appears 6.0 s after Person 1 was last seen."),
        ([stay(10, 12)], [stay(0, 10)], "Person 1 appears at the moment when Person 2 is lost."),
        ([stay(0, 4), stay(8, 9)], [stay(5, 7)], "They take turns: never seen in the same frame."),
        ([stay(0, 4), stay(8, 9)], [stay(3, 8.5)], "15 frames show both."),
        ([stay(0, 4)], [stay(3.9, 9)], "1 frame shows both."),
    ],
)
def test_a_pair_is_described_by_how_its_times_lie(first, second, text):
    assert describe_pair(present(first), present(second), "Person 1", "Person 2") == text


def test_overlapping_intervals_without_a_common_frame_are_turns():
    # Intervals bridge short gaps, in which somebody else may be seen.
    first = Presence((stay(0, 4),), np.array([0, 1, 39]))
    second = Presence((stay(2, 3),), np.arange(20, 30))
    assert describe_pair(first, second, "Person 1", "Person 2") == "They take turns: never seen in the same frame."
