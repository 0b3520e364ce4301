"""People who walk to the right at 4 px a frame, in boxes of 20 x 40 px, at ten frames a second."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.records import Person, Tracklet
from castlist.domain.track_metrics import TrackMetrics, handovers, track_metrics

TENTHS = np.arange(601) / 10


def boxes(frames: np.ndarray, left: float = 0, top: float = 0) -> np.ndarray:
    x = left + 4.0 * frames
    return np.stack([x, np.full(len(x), top), x + 20, np.full(len(x), top + 40.0)], axis=1).astype(np.float32)


def person(number: int, *spans: tuple[int, int], left: float = 0, top: float = 0) -> Person:
    frames = np.concatenate([np.arange(*span) for span in spans])
    return Person(number, (number,), frames, frames, boxes(frames, left, top), np.ones(len(frames), np.float32))


def tracklet(number: int, start: int, end: int) -> Tracklet:
    frames = np.arange(start, end)
    return Tracklet(number, frames, frames, boxes(frames), np.ones(len(frames), np.float32))


def test_rates_are_of_the_real_length_of_the_video() -> None:
    """60 s, four tracks, of which two are seen for less than a second; one handover."""
    tracklets = [tracklet(1, 0, 100), tracklet(2, 105, 150), tracklet(3, 200, 209), tracklet(4, 300, 301)]
    found = track_metrics(tracklets, [person(1, (0, 100)), person(2, (105, 150)), person(3, (200, 209), top=300)], TENTHS)
    assert found == TrackMetrics(
        video_seconds=pytest.approx(60),
        tracks=4,
        tracks_per_minute=pytest.approx(4),
        short_tracks=2,
        short_track_fraction=0.5,
        estimated_id_switches=1,
        id_switch_rate=0.25,
    )


def test_a_second_is_not_short() -> None:
    assert track_metrics([tracklet(1, 0, 10), tracklet(2, 0, 9)], [], TENTHS).short_tracks == 1


def test_a_second_is_not_short_wherever_it_begins() -> None:
    """1.9 - 0.9 is less than 1.0 in binary fractions."""
    assert track_metrics([tracklet(start, start, start + 10) for start in range(500)], [], TENTHS).short_tracks == 0


@pytest.mark.parametrize("edges_s", [np.zeros(1), np.array([0.0, 0.04])])
def test_a_video_of_one_frame_or_none(edges_s) -> None:
    assert track_metrics([], [], edges_s) == TrackMetrics(edges_s[-1], 0, 0.0, 0, 0.0, 0, 0.0)


def test_times_of_frames_count_and_not_their_number() -> None:
    """30 frames in the first second, then two a second: of the former 15 are short, of the latter 3 aren't."""
    edges_s = np.concatenate([np.arange(30) / 30, 1 + np.arange(41) / 2])
    assert track_metrics([tracklet(1, 0, 15), tracklet(2, 30, 33)], [], edges_s).short_tracks == 1
    assert track_metrics([], [], edges_s).video_seconds == 21
    assert handovers([person(1, (30, 40)), person(2, (43, 50))], edges_s) == []  # 1.5 s, and no more than four frames
    assert handovers([person(1, (0, 5)), person(2, (25, 29))], edges_s) == [(1, 2)]  # 0.7 s, and 20 frames


def test_who_is_only_interpolated_is_not_seen_together() -> None:
    """The first comes again, and the frames between in which the second is there are estimated."""
    gone = person(1, (0, 50), (60, 99))
    filled = replace(gone, frame_numbers=np.arange(99), detection_indices=np.where(np.isin(np.arange(99), gone.frame_numbers), 1, -1))
    filled = replace(filled, boxes=boxes(np.arange(99)), confidences=np.ones(99, np.float32))
    second = person(2, (52, 58), left=400)
    assert handovers([filled, second, person(3, (102, 120), left=0)], TENTHS) == [(1, 3)]
    assert handovers([filled, person(2, (52, 58), (102, 120))], TENTHS) == [(1, 2)]


def test_who_goes_on_where_another_ended_is_a_handover() -> None:
    assert handovers([person(1, (0, 50)), person(2, (55, 80))], TENTHS) == [(1, 2)]
    assert handovers([person(1, (0, 50)), person(2, (61, 80))], TENTHS) == []  # too late
    assert handovers([person(1, (0, 50)), person(2, (55, 80), left=60)], TENTHS) == []  # elsewhere
    assert handovers([person(1, (0, 50)), person(2, (40, 80))], TENTHS) == []  # seen together
    assert handovers([person(1, (0, 50), (90, 99)), person(2, (55, 92))], TENTHS) == []  # seen together later
    assert handovers([person(1, (0, 50), (55, 80))], TENTHS) == []  # no other person


def test_a_person_who_comes_back_can_end_twice() -> None:
    assert handovers([person(1, (0, 50), (100, 150)), person(2, (52, 60)), person(3, (153, 170))], TENTHS) == [(1, 2), (1, 3)]


def test_of_two_who_might_go_on_the_nearer_one_does() -> None:
    assert handovers([person(1, (0, 50)), person(2, (55, 80), left=6), person(3, (55, 80), left=2)], TENTHS) == [(1, 3)]


@given(st.lists(st.tuples(st.integers(0, 80), st.integers(1, 20), st.integers(0, 30)), max_size=8), st.integers(1, 20))
def test_each_end_and_each_beginning_counts_once(spans, frames_per_s) -> None:
    people = [person(number, (start, start + length), left=left) for number, (start, length, left) in enumerate(spans, start=1)]
    frame_seconds = np.arange(101) / frames_per_s
    found = handovers(people, frame_seconds)
    assert len({ended for ended, _ in found}) == len({begun for _, begun in found}) == len(found)
    assert found == handovers(people[::-1], frame_seconds)
