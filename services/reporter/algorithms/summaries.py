"""From the results of a job to what its report page says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from castlist.domain.jobs import Parameter, Stage
from castlist.domain.parameters import CastParameters, P, build
from castlist.domain.records import Person
from castlist.domain.video import ModelChoice, VideoPlan
from services.reporter.algorithms.cards import PersonCard, read_cards
from services.reporter.algorithms.clock import count_text, length_text
from services.reporter.algorithms.heat_view import HeatView, heat_view
from services.reporter.algorithms.pairs import PairList, Presences, look_alikes, pair_list, read_pairs, same_person_groups
from services.reporter.algorithms.published_files import PUBLISHED_FILES
from services.reporter.algorithms.timelines import Presence, Tick, read_intervals, ticks

_LOOK_ALIKES_MOST = 2


@dataclass(frozen=True, slots=True)
class ReportInputs:
    """All that a report is made of; the mappings are the decoded JSON documents of the earlier stages."""

    file_name: str
    video: VideoPlan
    detector: ModelChoice
    embedder: ModelChoice
    persons: tuple[Person, ...]
    appearances: Mapping[str, Any]
    ranking: Mapping[str, Any]
    similarity: Mapping[str, Any]
    parameters: Mapping[str, Parameter]
    warnings: tuple[str, ...]
    version: str


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the header: label, value, a second line in small print, and what a hover adds."""

    label: str
    value: str
    detail: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Pairs by kind; `groups` are the persons that the recommended pairs link, `people_count` how many would remain.

    `look_alikes` names for each person those that it is recommended to be merged with, most similar first.
    """

    recommended: PairList
    near: PairList
    vetoed: PairList
    groups: tuple[tuple[int, ...], ...]
    people_count: int
    look_alikes: Mapping[int, tuple[tuple[int, str], ...]]


@dataclass(frozen=True, slots=True)
class ReportView:
    """The page as data: what the templates print, nothing left to compute."""

    file_name: str
    length: str
    person_count: str
    facts: tuple[Fact, ...]
    models: tuple[Fact, ...]
    warnings: tuple[str, ...]
    cards: tuple[PersonCard, ...]
    ticks: tuple[Tick, ...]
    heat: HeatView
    pairs: Recommendations
    files: tuple[tuple[str, str], ...]
    version: str


def summarize(inputs: ReportInputs) -> ReportView:
    """The page's content. Person order is the ranking's throughout."""
    entries = {entry["person_id"]: entry for entry in inputs.appearances["persons"]}
    presences = {
        person.person_id: Presence(read_intervals(entries[person.person_id]), person.frame_numbers[~person.interpolated])
        for person in inputs.persons
    }
    duration_s = _duration_s(inputs, presences)
    coverages = {person_id: entry["coverage"] for person_id, entry in entries.items()}
    cast = stage_parameters(CastParameters, Stage.CAST, inputs.parameters)
    cards = read_cards(inputs.persons, presences, coverages, inputs.ranking["rankings"], cast, duration_s)
    pairs = _recommendations(inputs.similarity, presences)
    vetoed = [(pair.first, pair.second) for pair in pairs.vetoed.shown]
    return ReportView(
        file_name=inputs.file_name,
        length=length_text(duration_s),
        person_count=count_text(len(cards), "person"),
        facts=_facts(inputs, duration_s),
        models=(_model_fact("Found by", inputs.detector), _model_fact("Compared by", inputs.embedder)),
        warnings=page_warnings(inputs),
        cards=cards,
        ticks=ticks(duration_s),
        heat=heat_view(inputs.similarity, [card.person_id for card in cards], vetoed),
        pairs=pairs,
        files=PUBLISHED_FILES,
        version=inputs.version,
    )


def stage_parameters(kind: type[P], stage: Stage, parameters: Mapping[str, Parameter]) -> P:
    """One stage's parameters out of all of a job's, which are named `stage.name`."""
    prefix = f"{stage}."
    return build(kind, {name.removeprefix(prefix): item for name, item in parameters.items() if name.startswith(prefix)})


def page_data(view: ReportView) -> dict[str, Any]:
    """What the page's script reads: the similarities above the diagonal, row by row, and which pairs are special."""
    kinds = {
        f"{pair.first}-{pair.second}": kind
        for kind, pairs in (("vetoed", view.pairs.vetoed), ("near", view.pairs.near), ("recommended", view.pairs.recommended))
        for pair in pairs.shown
    }
    heat = view.heat
    return {
        "similarity": {"ids": heat.person_ids, "permille": heat.permille, "kinds": kinds, "threshold": heat.threshold_share},
    }


def printable_name(name: str) -> str:
    """A file name that can't disturb the text around it: control and direction characters become `\N{REPLACEMENT CHARACTER}`."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in name) or "video"


def page_warnings(inputs: ReportInputs) -> tuple[str, ...]:
    """What the reader must know before trusting the page, each sentence once: notes on models, then the stages' warnings."""
    notes = (choice.note for choice in (inputs.detector, inputs.embedder))
    return tuple(dict.fromkeys(text for text in (*notes, *inputs.warnings) if text))


def frame_count(inputs: ReportInputs) -> int:
    """Frames that were decoded."""
    return int(inputs.appearances["frame_count"])


def _duration_s(inputs: ReportInputs, presences: Presences) -> float:
    """What the container says, but no less than the frames take; some containers say nothing."""
    rate = float(inputs.video.frame_rate)
    counted_s = frame_count(inputs) / rate if rate > 0 else 0.0
    return max([inputs.video.duration_s, counted_s, *(presence.intervals[-1].end_s for presence in presences.values())])


def _recommendations(similarity: Mapping[str, Any], presences: Presences) -> Recommendations:
    threshold = float(similarity["threshold"])
    recommended, near, vetoed = (read_pairs(similarity[key]) for key in ("recommended", "near", "vetoed"))
    groups = same_person_groups(recommended, presences)
    return Recommendations(
        recommended=pair_list(recommended, presences, threshold),
        near=pair_list(near, presences, threshold),
        vetoed=pair_list(vetoed, presences, threshold),
        groups=groups,
        people_count=len(presences) - sum(len(group) - 1 for group in groups),
        look_alikes=look_alikes(recommended, threshold, _LOOK_ALIKES_MOST),
    )


def _facts(inputs: ReportInputs, duration_s: float) -> tuple[Fact, ...]:
    video = inputs.video
    rate = f", {float(video.frame_rate):.4g} fps" if video.frame_rate > 0 else ""
    return (
        Fact("Length", length_text(duration_s), more=f"{duration_s:.3f} s"),
        Fact("Frames", f"{frame_count(inputs):,}"),
        Fact("Picture", f"{video.width_px} \N{MULTIPLICATION SIGN} {video.height_px} px{rate}"),
        Fact("Format", f"{video.codec} in {video.container}"),
    )


def _model_fact(label: str, choice: ModelChoice) -> Fact:
    hashed = f"SHA-256 {choice.sha256[:12]}" if choice.sha256 else ""
    detail = ", ".join(text for text in (choice.runtime, hashed) if text)
    more = "; ".join(text for text in (f"SHA-256 {choice.sha256}" if choice.sha256 else "", choice.origin) if text)
    return Fact(label, choice.name, detail, more)
