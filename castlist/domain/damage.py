"""Stretches of a video that could not be read, or not well."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

MOST_SPANS = 100
_MOST_WORDED = 5


@dataclass(frozen=True, slots=True)
class DamagedSpan:
    """A stretch in seconds from the first presentation time, end excluded, with the frames that are missing or damaged in it."""

    start_s: float
    end_s: float
    lost_frames: int = 0
    damaged_frames: int = 0


def joined_spans(spans: Iterable[DamagedSpan], most: int = MOST_SPANS) -> tuple[DamagedSpan, ...]:
    """By time, none touching another, and at most `most`: where there are more, those that lie closest are taken together."""
    apart: list[DamagedSpan] = []
    for span in sorted(spans, key=lambda span: (span.start_s, span.end_s, span.lost_frames, span.damaged_frames)):
        if apart and span.start_s <= apart[-1].end_s:
            apart[-1] = _joined(apart[-1], span)
        else:
            apart.append(span)
    if len(apart) <= most:
        return tuple(apart)
    gaps = sorted(range(1, len(apart)), key=lambda index: (apart[index - 1].end_s - apart[index].start_s, index))
    starts = [0, *sorted(gaps[: most - 1])]
    parts = [apart[start:end] for start, end in pairwise([*starts, len(apart)])]
    return tuple(_joined(*part) for part in parts)


def spans_in_words(spans: Iterable[DamagedSpan]) -> str:
    """Where they lie, as in `1.2 to 3.4 s, 7.0 to 7.1 s and 3 more places`."""
    listed = list(spans)
    places = [f"{span.start_s:.1f} to {span.end_s:.1f} s" for span in listed[:_MOST_WORDED]]
    more = len(listed) - len(places)
    return ", ".join(places) + (f" and {more} more place{'s' * (more > 1)}" if more else "")


def damage_document(spans: Iterable[DamagedSpan]) -> list[dict[str, Any]]:
    """As stored and published; `spans_of` reads it."""
    return [asdict(span) for span in spans]


def spans_of(document: Iterable[dict[str, Any]]) -> tuple[DamagedSpan, ...]:
    return tuple(DamagedSpan(**span) for span in document)


def _joined(*spans: DamagedSpan) -> DamagedSpan:
    """One span from the first to the last end, with the frames of all."""
    return DamagedSpan(
        spans[0].start_s,
        max(span.end_s for span in spans),
        sum(span.lost_frames for span in spans),
        sum(span.damaged_frames for span in spans),
    )
