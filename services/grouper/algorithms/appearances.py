"""When each person is on screen: intervals of frames and seconds."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.examination import ALL_EXAMINED, examined_before
from castlist.domain.records import Float64, Int64, Person
from castlist.domain.shots import NO_CUTS, cuts_between
from castlist.domain.video import VideoPlan


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open span `[start, end)` in 0-based frames and in seconds from the first presentation time.

    In `observed_frames` of its frames the person was detected, in `interpolated_frames` more the place is estimated;
    the others are short gaps.
    """

    start_frame: int
    end_frame: int
    start_s: float
    end_s: float
    observed_frames: int
    interpolated_frames: int


@dataclass(frozen=True, slots=True)
class Appearance:
    """All of a person's intervals, in order. `coverage` is observed frames divided by frames of the video that were examined."""

    person_id: int
    intervals: tuple[Interval, ...]
    observed_frames: int
    interpolated_frames: int
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


def appearances(
    persons: Sequence[Person], edges_s: Float64, max_gap_s: float, unexamined: Int64 = ALL_EXAMINED, cuts: Int64 = NO_CUTS
) -> tuple[Appearance, ...]:
    """A new interval starts after an absence of more than `max_gap_s` seconds, from the end of one frame to the start of another.

    An interpolated row ends an absence as a detection does, but counts apart; intervals begin and end with detections.
    Who was seen in two examined frames with none between them was not absent. Any absence ends an interval where a new shot
    begins in it.
    """
    return tuple(_appearance(person, edges_s, max_gap_s, unexamined, cuts) for person in persons)


def _appearance(person: Person, edges_s: Float64, max_gap_s: float, unexamined: Int64, cuts: Int64) -> Appearance:
    frames = person.frame_numbers
    absent_s = edges_s[frames[1:]] - edges_s[frames[:-1] + 1]
    cut_away = cuts_between(cuts, frames[:-1], frames[1:]) > 0
    missed = np.diff(examined_before(frames, unexamined)) > 1
    firsts = np.concatenate(([0], np.flatnonzero(missed & ((absent_s > max_gap_s) | cut_away)) + 1))
    stops = np.append(firsts[1:], len(frames))
    estimated = np.add.reduceat(person.interpolated.astype(np.int64), firsts)
    intervals = tuple(
        Interval(start, end + 1, float(edges_s[start]), float(edges_s[end + 1]), rows - between, between)
        for start, end, rows, between in zip(
            frames[firsts].tolist(), frames[stops - 1].tolist(), (stops - firsts).tolist(), estimated.tolist(), strict=True
        )
    )
    observed = int(np.count_nonzero(~person.interpolated))
    return Appearance(
        person_id=person.person_id,
        intervals=intervals,
        observed_frames=observed,
        interpolated_frames=len(frames) - observed,
        seconds_on_screen=sum(interval.end_s - interval.start_s for interval in intervals),
        coverage=observed / max(len(edges_s) - 1 - len(unexamined), 1),
    )
