"""What the page says about one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from castlist.domain.parameters import CastParameters
from castlist.domain.records import Person
from services.reporter.algorithms.clock import clock_text, length_text, percent_text
from services.reporter.algorithms.timelines import Bar, Interval, Presence, bars

_TERMS = (
    ("duration", "Time on screen", "frames, compared with the person seen longest"),
    ("coverage", "Coverage", "share of the video's frames"),
    ("center", "Central", "closeness to the middle of the picture"),
    ("smoothness", "Steady", "evenness of the motion"),
)


@dataclass(frozen=True, slots=True)
class ScoreTerm:
    """One of the four terms of a ranking score: `part = value x weight`, widths in percent of the full score."""

    key: str
    label: str
    meaning: str
    value: str
    weight: str
    part: str
    x: str
    width: str


@dataclass(frozen=True, slots=True)
class IntervalRow:
    """A line of the table of intervals; the end is the first moment, and the first frame, after the stay."""

    start: str
    end: str
    exact_start: str
    exact_end: str
    length: str
    first_frame: str
    last_frame: str


@dataclass(frozen=True, slots=True)
class Stay:
    """When a person is on screen, as text, as bars over the video and as lines of a table."""

    seconds: str
    first_seen: str
    last_seen: str
    first_seen_s: float
    bars: tuple[Bar, ...]
    rows: tuple[IntervalRow, ...]


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the page shows of a person; `no_picture` stands where a picture is missing."""

    person_id: int
    name: str
    rank: int
    score: str
    terms: tuple[ScoreTerm, ...]
    coverage: str
    no_picture: str
    frame_count: int
    tracklet_ids: tuple[int, ...]
    stay: Stay


def read_cards(
    persons: tuple[Person, ...],
    presences: Mapping[int, Presence],
    coverages: Mapping[int, float],
    rankings: Sequence[Mapping[str, Any]],
    parameters: CastParameters,
    duration_s: float,
) -> tuple[PersonCard, ...]:
    """Cards in the order of `rankings`, the list of `ranking_results.json`, which names every person."""
    by_id = {person.person_id: person for person in persons}
    weights = rank_weights(parameters)
    return tuple(
        PersonCard(
            person_id=ranking["person_id"],
            name=f"Person {ranking['person_id']}",
            rank=ranking["rank"],
            score=f"{ranking['score']:.2f}",
            terms=_terms(ranking, weights),
            coverage=percent_text(coverages[ranking["person_id"]]),
            no_picture=_no_picture(ranking["rank"], parameters.animated_persons),
            frame_count=int((~by_id[ranking["person_id"]].interpolated).sum()),
            tracklet_ids=by_id[ranking["person_id"]].tracklet_ids,
            stay=_stay(presences[ranking["person_id"]].intervals, duration_s),
        )
        for ranking in rankings
    )


def rank_weights(parameters: CastParameters) -> dict[str, float]:
    """Weights of the four terms as the ranking uses them: scaled to sum up to 1."""
    weights = {key: float(getattr(parameters, f"rank_weight_{key}")) for key, _, _ in _TERMS}
    full = max(sum(weights.values()), 1e-12)
    return {key: weight / full for key, weight in weights.items()}


def _stay(intervals: Sequence[Interval], duration_s: float) -> Stay:
    return Stay(
        seconds=length_text(sum(item.length_s for item in intervals)),
        first_seen=clock_text(intervals[0].start_s),
        last_seen=clock_text(intervals[-1].end_s),
        first_seen_s=intervals[0].start_s,
        bars=bars(intervals, duration_s),
        rows=tuple(_row(item) for item in intervals),
    )


def _no_picture(rank: int, pictured_most: int) -> str:
    return "No usable picture" if rank <= pictured_most else f"Pictures end with rank {pictured_most}"


def _terms(ranking: Mapping[str, Any], weights: Mapping[str, float]) -> tuple[ScoreTerm, ...]:
    terms: list[ScoreTerm] = []
    x = 0.0
    for key, label, meaning in _TERMS:
        value, weight = float(ranking[key]), weights[key]
        width = value * weight * 100
        terms.append(ScoreTerm(key, label, meaning, f"{value:.2f}", f"{weight:.2g}", f"{value * weight:.2f}", f"{x:.2f}%", f"{width:.2f}%"))
        x += width
    return tuple(terms)


def _row(interval: Interval) -> IntervalRow:
    return IntervalRow(
        start=clock_text(interval.start_s),
        end=clock_text(interval.end_s),
        exact_start=f"{interval.start_s:.3f}",
        exact_end=f"{interval.end_s:.3f}",
        length=length_text(interval.length_s),
        first_frame=f"{interval.start_frame:,}",
        last_frame=f"{interval.end_frame - 1:,}",
    )
