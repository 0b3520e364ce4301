"""What the page says about one person."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from castlist.domain.parameters import CastParameters
from services.reporter.algorithms.clock import clock_text, length_text, percent_text
from services.reporter.algorithms.cohesion import Cohesion
from services.reporter.algorithms.crop_notes import CropNote
from services.reporter.algorithms.timelines import Bar, Interval, Presence, bars, filled_bars
from services.reporter.algorithms.who_is_who import WhoIsWho

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
    filled: str


@dataclass(frozen=True, slots=True)
class Stay:
    """When a person is on screen, as text, as bars over the video and as lines of a table; `filled_bars` are interpolated."""

    seconds: str
    first_seen: str
    last_seen: str
    first_seen_s: float
    bars: tuple[Bar, ...]
    filled_bars: tuple[Bar, ...]
    rows: tuple[IntervalRow, ...]


@dataclass(frozen=True, slots=True)
class PersonCard:
    """Everything the page shows of a person; `no_picture` stands where a picture is missing.

    `title` is the name that the user gave or `Person 3`, `name` has the number in any case. `frame_count` counts the frames
    in which the person was seen, `filled_count` those that were filled in. `origin` says of whom the person is made.
    """

    person_id: int
    title: str
    name: str
    ignored: bool
    selected: bool
    origin: str
    cohesion: Cohesion | None
    crops: CropNote | None
    rank: int
    score: str
    terms: tuple[ScoreTerm, ...]
    coverage: str
    no_picture: str
    frame_count: int
    filled_count: int
    tracklet_ids: tuple[int, ...]
    stay: Stay


@dataclass(frozen=True, slots=True, eq=False)
class CardReader:
    """What the cards of a cast are made of."""

    who: WhoIsWho
    presences: Mapping[int, Presence]
    coverages: Mapping[int, float]
    cohesions: Mapping[int, Cohesion]
    crop_notes: Mapping[int, CropNote]
    parameters: CastParameters
    duration_s: float

    def read(self, rankings: Sequence[Mapping[str, Any]]) -> tuple[PersonCard, ...]:
        """Cards in the order of `rankings`, the list of `ranking_results.json`, which names every person; ignored ones last."""
        weights = rank_weights(self.parameters)
        cards = [self._card(ranking, weights) for ranking in rankings]
        return tuple(sorted(cards, key=lambda card: (card.ignored, card.rank)))

    def _card(self, ranking: Mapping[str, Any], weights: Mapping[str, float]) -> PersonCard:
        person_id, rank = ranking["person_id"], ranking["rank"]
        person, presence = self.who.people[person_id], self.presences[person_id]
        return PersonCard(
            person_id=person_id,
            title=self.who.title(person_id),
            name=self.who.full_name(person_id),
            ignored=person.ignored,
            selected=person.selected,
            origin=self.who.origin(person_id),
            cohesion=self.cohesions.get(person_id),
            crops=self.crop_notes.get(person_id),
            rank=rank,
            score=f"{ranking['score']:.2f}",
            terms=_terms(ranking, weights),
            coverage=percent_text(self.coverages[person_id]),
            no_picture=_no_picture(rank, self.parameters.animated_persons),
            frame_count=len(presence.frame_numbers),
            filled_count=presence.filled_frame_count,
            tracklet_ids=person.tracklet_ids,
            stay=_stay(presence, self.duration_s),
        )


def rank_weights(parameters: CastParameters) -> dict[str, float]:
    """Weights of the four terms as the ranking uses them: scaled to sum up to 1."""
    weights = {key: float(getattr(parameters, f"rank_weight_{key}")) for key, _, _ in _TERMS}
    full = max(sum(weights.values()), 1e-12)
    return {key: weight / full for key, weight in weights.items()}


def _stay(presence: Presence, duration_s: float) -> Stay:
    intervals = presence.intervals
    return Stay(
        seconds=length_text(sum(item.length_s for item in intervals)),
        first_seen=clock_text(intervals[0].start_s),
        last_seen=clock_text(intervals[-1].end_s),
        first_seen_s=intervals[0].start_s,
        bars=tuple(_told(bar, presence.filled_frames_in(item)) for bar, item in zip(bars(intervals, duration_s), intervals, strict=True)),
        filled_bars=filled_bars(presence.filled, duration_s),
        rows=tuple(_row(item, presence.filled_frames_in(item)) for item in intervals),
    )


def _told(bar: Bar, filled_count: int) -> Bar:
    return replace(bar, text=f"{bar.text}, {filled_count:,} of them filled in") if filled_count else bar


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


def _row(interval: Interval, filled_count: int) -> IntervalRow:
    return IntervalRow(
        start=clock_text(interval.start_s),
        end=clock_text(interval.end_s),
        exact_start=f"{interval.start_s:.3f}",
        exact_end=f"{interval.end_s:.3f}",
        length=length_text(interval.length_s),
        first_frame=f"{interval.start_frame:,}",
        last_frame=f"{interval.end_frame - 1:,}",
        filled=f"{filled_count:,}",
    )
