"""How the threshold was chosen: two histograms of similarity, one of pairs known to be one person, one of pairs known to be two."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporter.algorithms.wording import chance_text, sentence

_NICE_STEPS = (0.05, 0.1, 0.2, 0.25, 0.5)
_MARKS_MOST = 8


@dataclass(frozen=True, slots=True)
class Bin:
    """A bar: place, height and width in percent of the panel, and what it says."""

    x: str
    y: str
    width: str
    height: str
    text: str


@dataclass(frozen=True, slots=True)
class Panel:
    """One histogram; `reaching` says how many of its pairs reach the threshold. Heights are relative to its own highest bar."""

    label: str
    meaning: str
    count: int
    bins: tuple[Bin, ...]
    reaching: str


@dataclass(frozen=True, slots=True)
class CalibrationRow:
    """A line of the table: a range of similarity and how many pairs of each kind lie in it."""

    span: str
    positives: str
    negatives: str
    reaches: bool


@dataclass(frozen=True, slots=True)
class CalibrationView:
    """Both histograms over one axis, the threshold on it, and all of it as text."""

    threshold: str
    threshold_x: str
    measured: bool
    reason: str
    wanted: str
    panels: tuple[Panel, ...]
    marks: tuple[tuple[str, str], ...]
    rows: tuple[CalibrationRow, ...]


@dataclass(frozen=True, slots=True)
class _Histogram:
    edges: tuple[float, ...]
    counts: tuple[int, ...]

    @property
    def filled(self) -> Sequence[tuple[float, float, int]]:
        return [item for item in zip(self.edges[:-1], self.edges[1:], self.counts, strict=True) if item[2]]


def calibration_view(document: Mapping[str, Any]) -> CalibrationView:
    """The view of `calibration.json`."""
    threshold = float(document["threshold"])
    positives, negatives = (_histogram(document[kind]) for kind in ("positives", "negatives"))
    low, high = _range((*positives.filled, *negatives.filled), threshold)
    return CalibrationView(
        threshold=f"{threshold * 100:.1f}".removesuffix(".0") + " %",
        threshold_x=_place(threshold, low, high),
        measured=document["source"] == "video",
        reason=sentence(str(document["reason"])),
        wanted=chance_text(float(document["false_merge_rate"])),
        panels=(
            _panel("One person", "two parts of one track", positives, (low, high), threshold),
            _panel("Two people", "two people seen at the same time", negatives, (low, high), threshold),
        ),
        marks=tuple((_place(mark, low, high), f"{mark * 100:.0f} %") for mark in _marks(low, high)),
        rows=_rows(positives, negatives, threshold),
    )


def _histogram(item: Mapping[str, Any]) -> _Histogram:
    return _Histogram(tuple(map(float, item["edges"])), tuple(map(int, item["counts"])))


def _range(filled: Sequence[tuple[float, float, int]], threshold: float) -> tuple[float, float]:
    """What the axis shows: all filled bins and the threshold, up to round numbers."""
    low = min((threshold, *(start for start, _, _ in filled)))
    high = max((threshold, *(end for _, end, _ in filled)))
    return min(math.floor(round(low * 10, 6)) / 10, 0.9), max(math.ceil(round(high * 10, 6)) / 10, 1.0)


def _panel(label: str, meaning: str, histogram: _Histogram, axis: tuple[float, float], threshold: float) -> Panel:
    highest = max(histogram.counts, default=0)
    return Panel(
        label=label,
        meaning=meaning,
        count=sum(histogram.counts),
        bins=tuple(_bin(*item, axis, highest) for item in histogram.filled),
        reaching=_reaching(histogram, threshold),
    )


def _bin(start: float, end: float, count: int, axis: tuple[float, float], highest: int) -> Bin:
    low, high = axis
    height = count / highest * 100
    return Bin(
        x=_place(start, low, high),
        y=f"{100 - height:.2f}%",
        width=_place(end, low, high, start),
        height=f"{height:.2f}%",
        text=f"{_span(start, end)} similar: {count:,} {'pair' if count == 1 else 'pairs'}",
    )


def _reaching(histogram: _Histogram, threshold: float) -> str:
    """Counted in whole bins: where the threshold lies within one, that is said."""
    total = sum(histogram.counts)
    surely = sum(count for start, _, count in histogram.filled if start >= threshold - 1e-9)
    perhaps = sum(count for _, end, count in histogram.filled if end > threshold + 1e-9)
    if not total:
        return "There are none."
    number = f"{surely:,}" if surely == perhaps else f"{surely:,} to {perhaps:,}"
    return f"{number} of {total:,} reach the threshold."


def _rows(positives: _Histogram, negatives: _Histogram, threshold: float) -> tuple[CalibrationRow, ...]:
    ours = {(start, end): count for start, end, count in positives.filled}
    theirs = {(start, end): count for start, end, count in negatives.filled}
    return tuple(
        CalibrationRow(_span(*span), f"{ours.get(span, 0):,}", f"{theirs.get(span, 0):,}", span[0] >= threshold - 1e-9)
        for span in sorted({*ours, *theirs})
    )


def _span(start: float, end: float) -> str:
    decimals = 0 if all(abs(edge * 100 - round(edge * 100)) < 1e-6 for edge in (start, end)) else 1
    return f"{start * 100:.{decimals}f} to {end * 100:.{decimals}f} %"


def _marks(low: float, high: float) -> list[float]:
    step = next((step for step in _NICE_STEPS if (high - low) / step <= _MARKS_MOST), _NICE_STEPS[-1])
    first = math.ceil(round(low / step, 6))
    return [round(index * step, 6) for index in range(first, math.floor(round(high / step, 6)) + 1)]


def _place(value: float, low: float, high: float, origin: float | None = None) -> str:
    return f"{(value - (low if origin is None else origin)) / (high - low) * 100:.3f}%"
