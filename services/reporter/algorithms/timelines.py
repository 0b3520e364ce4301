"""Intervals of presence as bars over the length of the video. Intervals are half-open, in seconds of the video."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from castlist.domain.records import Int64
from services.reporter.algorithms.clock import clock_text, count_text, length_text

_TICK_STEPS_S = (0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200)
_FILLED_SHOWN_MOST = 40


@dataclass(frozen=True, slots=True)
class Interval:
    """One stay on screen: `start <= t < end`, in seconds and in 0-based frame numbers."""

    start_s: float
    end_s: float
    start_frame: int
    end_frame: int

    @property
    def length_s(self) -> float:
        return self.end_s - self.start_s

    @property
    def frame_count(self) -> int:
        return self.end_frame - self.start_frame


@dataclass(frozen=True, slots=True, eq=False)
class Presence:
    """A person's stays, at least one, in order, and the frames that show the person, rising.

    `filled` are the spans within stays whose boxes were interpolated: the person was not seen there.
    """

    intervals: tuple[Interval, ...]
    frame_numbers: Int64
    filled: tuple[Interval, ...] = ()

    @property
    def filled_frame_count(self) -> int:
        return sum(item.frame_count for item in self.filled)

    def filled_frames_in(self, interval: Interval) -> int:
        """Interpolated frames of one of the stays."""
        return sum(item.frame_count for item in self.filled if interval.start_frame <= item.start_frame < interval.end_frame)


@dataclass(frozen=True, slots=True)
class Bar:
    """An interval as drawn: place and width in percent of the axis, and what it says."""

    x: str
    width: str
    text: str


@dataclass(frozen=True, slots=True)
class Tick:
    """A mark of the time axis. `anchor` is SVG's text-anchor, which keeps the outer labels inside."""

    x: str
    label: str
    anchor: str


def read_intervals(entry: Mapping[str, Any]) -> tuple[Interval, ...]:
    """The intervals of a person's entry in `appearances.json`, which are in order of time."""
    return tuple(Interval(item["start_s"], item["end_s"], item["start_frame"], item["end_frame"]) for item in entry["intervals"])


def bars(intervals: Sequence[Interval], duration_s: float) -> tuple[Bar, ...]:
    """Bars of a person's intervals over a video of `duration_s`."""
    return tuple(
        Bar(_percent(item.start_s, duration_s), _percent(item.end_s, duration_s, item.start_s), interval_text(item)) for item in intervals
    )


def filled_bars(filled: Sequence[Interval], duration_s: float) -> tuple[Bar, ...]:
    """Bars of the longest interpolated spans of a person, in order of time: as many as a row has room for."""
    longest = sorted(filled, key=lambda item: (-item.frame_count, item.start_frame))[:_FILLED_SHOWN_MOST]
    ordered = sorted(longest, key=lambda item: item.start_frame)
    return tuple(replace(bar, text=f"Not seen, filled in: {bar.text}") for bar in bars(ordered, duration_s))


def interval_text(interval: Interval) -> str:
    """`0:03.4 to 0:12.0, 8.6 s, frames 34 to 119`."""
    return (
        f"{clock_text(interval.start_s)} to {clock_text(interval.end_s)}, {length_text(interval.length_s)}, "
        f"frames {interval.start_frame:,} to {interval.end_frame - 1:,}"
    )


def ticks(duration_s: float, most: int = 8) -> tuple[Tick, ...]:
    """Evenly spaced marks at round times, at most about `most` of them, and one at the very end."""
    if duration_s <= 0:
        return ()
    step_s = next((step for step in _TICK_STEPS_S if duration_s / step <= most), _TICK_STEPS_S[-1])
    marks = [index * step_s for index in range(int(duration_s / step_s) + 1)]
    inner = [mark for mark in marks if mark == 0 or mark <= duration_s - 0.6 * step_s]
    return tuple(
        Tick(_percent(mark, duration_s), _tick_label(mark), "start" if mark == 0 else "end" if mark == duration_s else "middle")
        for mark in [*inner, duration_s]
    )


def describe_pair(first: Presence, second: Presence, first_name: str, second_name: str) -> str:
    """How two persons' times on screen lie to each other, in a sentence."""
    shared = shared_frame_count(first, second)
    if shared:
        return f"{count_text(shared, 'frame shows', 'frames show')} both."
    if first.intervals[-1].end_s <= second.intervals[0].start_s:
        return _succession(second.intervals[0].start_s - first.intervals[-1].end_s, first_name, second_name)
    if second.intervals[-1].end_s <= first.intervals[0].start_s:
        return _succession(first.intervals[0].start_s - second.intervals[-1].end_s, second_name, first_name)
    return "They take turns: never seen in the same frame."


def shared_frame_count(first: Presence, second: Presence) -> int:
    """Frames that show both."""
    return len(np.intersect1d(first.frame_numbers, second.frame_numbers, assume_unique=True))


def _succession(gap_s: float, earlier: str, later: str) -> str:
    if gap_s < 0.05:
        return f"{later} appears at the moment when {earlier} is lost."
    return f"{later} appears {length_text(gap_s)} after {earlier} was last seen."


def _percent(seconds: float, duration_s: float, origin_s: float = 0.0) -> str:
    if duration_s <= 0:
        return "0%"
    return f"{min(max((seconds - origin_s) / duration_s, 0.0), 1.0) * 100:.3f}%"


def _tick_label(seconds: float) -> str:
    text = clock_text(seconds)
    return text.removesuffix(".0")
