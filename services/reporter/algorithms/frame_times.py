"""Seconds of frames, from what is known of some of them."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Float64, Int64
from services.reporter.algorithms.timelines import Interval, Presence


@dataclass(frozen=True, slots=True, eq=False)
class FrameTimes:
    """Frames whose start is known, rising, at least one, and their seconds; between them time passes evenly, outside at the frame rate."""

    frames: Int64
    seconds: Float64
    frames_per_s: float

    def at(self, frames: Int64) -> Float64:
        """When each frame begins, in seconds, never below 0."""
        inside = np.interp(frames, self.frames, self.seconds)
        outside = np.minimum(frames - self.frames[0], 0) + np.maximum(frames - self.frames[-1], 0)
        beyond = outside / self.frames_per_s if self.frames_per_s > 0 else 0.0
        return np.asarray(np.maximum(inside + beyond, 0.0), np.float64)

    def interval(self, first_frame: int, end_frame: int) -> Interval:
        """The half-open span of frames with its seconds."""
        start_s, end_s = self.at(np.array([first_frame, end_frame])).tolist()
        return Interval(start_s, end_s, first_frame, end_frame)


def frame_times(intervals: Iterable[Interval], frames_per_s: float) -> FrameTimes:
    """From the ends of the intervals of all persons, which are exact."""
    known = {frame: seconds for item in intervals for frame, seconds in ((item.start_frame, item.start_s), (item.end_frame, item.end_s))}
    frames = sorted(known) or [0]
    return FrameTimes(np.array(frames, np.int64), np.array([known.get(frame, 0.0) for frame in frames], np.float64), frames_per_s)


def presence(frame_numbers: Int64, times: FrameTimes, max_gap_s: float) -> Presence:
    """Stays of whoever is seen in these frames, at least one, rising; an absence of more than `max_gap_s` ends a stay."""
    absent_s = times.at(frame_numbers[1:]) - times.at(frame_numbers[:-1] + 1)
    breaks = np.flatnonzero(absent_s > max_gap_s) + 1
    firsts = frame_numbers[np.concatenate(([0], breaks))].tolist()
    lasts = frame_numbers[np.concatenate((breaks - 1, [-1]))].tolist()
    return Presence(tuple(times.interval(first, last + 1) for first, last in zip(firsts, lasts, strict=True)), frame_numbers)


def runs(frame_numbers: Int64) -> tuple[tuple[int, int], ...]:
    """Half-open spans of consecutive frames; `frame_numbers` rise."""
    if not len(frame_numbers):
        return ()
    breaks = np.flatnonzero(np.diff(frame_numbers) > 1)
    firsts = frame_numbers[np.concatenate(([0], breaks + 1))].tolist()
    ends = (frame_numbers[np.concatenate((breaks, [-1]))] + 1).tolist()
    return tuple(zip(firsts, ends, strict=True))
