"""The shots of the video as a row of the timeline."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporter.algorithms.clock import clock_text
from services.reporter.algorithms.timelines import Bar, Interval, bars, interval_text

SHOTS_DRAWN_MOST = 400

_BEGINS = {"cut": "begins with a cut", "fade": "fades in", "dissolve": "dissolves out of the one before"}


@dataclass(frozen=True, slots=True)
class ShotsView:
    """How many shots there are, and a bar for each, or for none where they are too many to be told apart."""

    count: int
    bars: tuple[Bar, ...]


def shots_view(document: Mapping[str, Any] | None, duration_s: float) -> ShotsView:
    """The view of `shots.json`. One shot is nothing to draw."""
    shots: Sequence[Mapping[str, Any]] = () if document is None else document["shots"]
    if not 1 < len(shots) <= SHOTS_DRAWN_MOST:
        return ShotsView(len(shots), ())
    spans = [Interval(shot["start_s"], shot["end_s"], shot["first_frame"], shot["last_frame"] + 1) for shot in shots]
    drawn = zip(shots, spans, bars(spans, duration_s), strict=True)
    return ShotsView(len(shots), tuple(Bar(bar.x, bar.width, _text(shot, span)) for shot, span, bar in drawn))


def _text(shot: Mapping[str, Any], span: Interval) -> str:
    transition = shot["transition"]
    how = "" if transition is None else f" It {_BEGINS[transition['kind']]} at {clock_text(span.start_s)}."
    return f"Shot {shot['shot']}: {interval_text(span)}.{how}"
