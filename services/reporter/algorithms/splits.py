"""Tracks that held two people and were cut."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from services.reporter.algorithms.clock import clock_text
from services.reporter.algorithms.frame_times import FrameTimes
from services.reporter.algorithms.pairs import similarity_text
from services.reporter.algorithms.wording import sentence

SPLITS_SHOWN_MOST = 100

PersonOfTracklet = Mapping[int, int]


@dataclass(frozen=True, slots=True)
class TrackPart:
    """A piece of a track that was cut; `person_id` is whose it is now, None if nobody's."""

    tracklet_id: int
    person_id: int | None
    first_frame: str
    last_frame: str


@dataclass(frozen=True, slots=True)
class TrackCut:
    """A cut: where, what showed it and what became of the parts. `crossing` is the person who came close, None if unknown."""

    tracklet_id: int
    time: str
    frame: str
    similarity: str
    limit: str
    crops: str
    crossing: int | None
    reason: str
    parts: tuple[TrackPart, ...]


@dataclass(frozen=True, slots=True)
class SplitsView:
    """The first cuts by time, and how many more there are."""

    shown: tuple[TrackCut, ...]
    hidden_count: int

    @property
    def count(self) -> int:
        return len(self.shown) + self.hidden_count


def splits_view(documents: Sequence[Mapping[str, Any]], person_of: PersonOfTracklet, times: FrameTimes) -> SplitsView:
    """The view of `splits.json`, in order of time, then track."""
    ordered = sorted(documents, key=lambda item: (item["at_frame"], item["tracklet"]))
    parts = {(item["tracklet"], part["tracklet"]): part for item in ordered for part in item["parts"]}
    shown = tuple(_cut(item, person_of, _crossing(item, parts), times) for item in ordered[:SPLITS_SHOWN_MOST])
    return SplitsView(shown, len(ordered) - len(shown))


def _crossing(item: Mapping[str, Any], parts: Mapping[tuple[int, int], Mapping[str, Any]]) -> int | None:
    """The tracklet that was close, after splitting: itself, or the part of it that was there."""
    whole, frame = item["crossing_tracklet"], item["at_frame"]
    there = (number for (parent, number), part in parts.items() if parent == whole and part["first_frame"] <= frame <= part["last_frame"])
    return next(there, whole)


def _cut(item: Mapping[str, Any], person_of: PersonOfTracklet, crossing: int | None, times: FrameTimes) -> TrackCut:
    limit, similarity = item["limit"], item["similarity"]
    return TrackCut(
        tracklet_id=item["tracklet"],
        time=clock_text(float(times.at(np.array([item["at_frame"]]))[0])),
        frame=f"{item['at_frame']:,}",
        similarity="" if similarity is None else similarity_text(float(similarity), float(limit)),
        limit="" if limit is None else f"{float(limit) * 100:.0f} %",
        crops=f"{item['crops_before']:,} and {item['crops_after']:,}",
        crossing=None if crossing is None else person_of.get(crossing),
        reason=sentence(str(item["reason"])),
        parts=tuple(
            TrackPart(part["tracklet"], person_of.get(part["tracklet"]), f"{part['first_frame']:,}", f"{part['last_frame']:,}")
            for part in item["parts"]
        ),
    )
