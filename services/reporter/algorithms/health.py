"""Whether the figures of a job are acceptable, as the page tells it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporter.algorithms.clock import count_text

_SHARES = {"short_track_fraction", "blank_fraction", "singleton_fraction", "largest_cluster_fraction"}

_MEANINGS = {
    "tracks_per_minute": "Tracks for each minute of video",
    "short_track_fraction": "Tracks of less than a second",
    "id_switch_rate": "Persons who begin where another ended, by tracks (an estimate)",
    "blank_fraction": "Pictures that show nothing",
    "singleton_fraction": "Persons of one track",
    "largest_cluster_fraction": "Tracks that the person with most has",
    "total_clusters": "Persons, as their looks tell",
}

_TOO_LITTLE = "too little to judge"

_SUMMARIES = {
    "pass": "All that is watched lies within its bounds.",
    "warn": "Not all that is watched lies within its bounds.",
    "fail": "Something lies far outside its bounds: do not rely on this result before you have looked.",
    "not_judged": "There is too little in this video to judge.",
}


@dataclass(frozen=True, slots=True)
class HealthRow:
    """One figure: canonical name, what it means, value, what is wanted, verdict in a word and as its code, what to look at."""

    metric: str
    meaning: str
    value: str
    wanted: str
    word: str
    verdict: str
    remedy: str


@dataclass(frozen=True, slots=True)
class HealthView:
    """`waiting` counts figures that do not pass."""

    summary: str
    rows: tuple[HealthRow, ...]
    basis: str

    @property
    def waiting(self) -> int:
        return sum(row.verdict in ("warn", "fail") for row in self.rows)


def health_view(document: Mapping[str, Any]) -> HealthView:
    """From `track_metrics.json`."""
    accepted = document["acceptance"]
    basis = f"{count_text(document['tracks'], 'track')} in {document['video_seconds']:,.1f} s"
    return HealthView(_SUMMARIES[accepted["overall"]], _rows(accepted["metrics"]), basis)


def _rows(judgements: Sequence[Mapping[str, Any]]) -> tuple[HealthRow, ...]:
    return tuple(
        HealthRow(
            metric=item["metric"],
            meaning=_MEANINGS.get(item["metric"], item["metric"].replace("_", " ")),
            value=_value_text(item["metric"], item["value"]),
            wanted=item["wanted"],
            word=_TOO_LITTLE if item["verdict"] == "not_judged" else item["verdict"],
            verdict=item["verdict"],
            remedy=item["remedy"],
        )
        for item in judgements
    )


def _value_text(metric: str, value: float) -> str:
    """Fractions with three decimals, as their bounds have; counts without any."""
    if metric in _SHARES or metric.endswith("_rate"):
        return f"{value:.3f}"
    return f"{value:,.1f}" if isinstance(value, float) else f"{value:,}"
