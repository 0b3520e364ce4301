"""When each person is on screen: intervals of frames and seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Float64, Int64, Person
from castlist.domain.video import VideoPlan


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open span `[start, end)` in 0-based frames and in seconds from the first presentation time.

    `observed_frames` of its frames show the person; the others are short gaps.
    """

    start_frame: int
    end_frame: int
    start_s: float
    end_s: float
    observed_frames: int


@dataclass(frozen=True, slots=True)
class Appearance:
    """All of a person's intervals, in order. `coverage` is frames with the person divided by frames of the video."""

    person_id: int
    intervals: tuple[Interval, ...]
    observed_frames: int
    seconds_on_screen: float
    coverage: float


def frame_edges_s(video: VideoPlan, frame_pts: Int64) -> Float64:
    """Seconds `(F + 1,)` at which each frame begins; the last frame ends one frame duration after it begins.

    That duration is 1 / frame rate, or the median step between frames where the video states no rate.
    """
    starts = (frame_pts - video.first_pts) * video.time_base.numerator / video.time_base.denominator
    steps = np.diff(starts) if len(starts) > 1 else np.zeros(1)
    duration_s = float(1 / video.frame_rate) if video.frame_rate > 0 else float(np.median(steps))
    ends = starts[-1:] + duration_s if len(starts) else np.zeros(1)
    return np.concatenate([starts, ends])


def appearances(persons: Sequence[Person], edges_s: Float64, max_gap_s: float) -> tuple[Appearance, ...]:
    """A new interval starts after an absence of more than `max_gap_s` seconds, from the end of one frame to the start of another."""
    return tuple(_appearance(person, edges_s, max_gap_s) for person in persons)


def _appearance(person: Person, edges_s: Float64, max_gap_s: float) -> Appearance:
    frames = person.frame_numbers
    absent_s = edges_s[frames[1:]] - edges_s[frames[:-1] + 1]
    breaks = np.flatnonzero(absent_s > max_gap_s) + 1
    firsts = np.concatenate(([0], breaks))
    lasts = np.concatenate((breaks - 1, [len(frames) - 1]))
    intervals = tuple(
        Interval(start, end + 1, float(edges_s[start]), float(edges_s[end + 1]), observed)
        for start, end, observed in zip(frames[firsts].tolist(), frames[lasts].tolist(), (lasts - firsts + 1).tolist(), strict=True)
    )
    return Appearance(
        person_id=person.person_id,
        intervals=intervals,
        observed_frames=len(frames),
        seconds_on_screen=sum(interval.end_s - interval.start_s for interval in intervals),
        coverage=len(frames) / (len(edges_s) - 1),
    )
