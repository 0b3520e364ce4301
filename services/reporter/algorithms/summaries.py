"""From the results of a job to what its report page says."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from castlist.domain.jobs import Parameter, Stage
from castlist.domain.parameters import CastParameters, P, build
from castlist.domain.records import Person
from castlist.domain.video import ModelChoice
from services.reporter.algorithms.calibration import CalibrationView, calibration_view
from services.reporter.algorithms.cards import CardReader, PersonCard
from services.reporter.algorithms.clock import count_text, length_text
from services.reporter.algorithms.cohesion import read_cohesion
from services.reporter.algorithms.frame_times import FrameTimes, frame_times, runs
from services.reporter.algorithms.health import HealthView, health_view
from services.reporter.algorithms.heat_view import HeatView, heat_view
from services.reporter.algorithms.merge_plan import PlanReader, PlanView
from services.reporter.algorithms.pairs import Presences
from services.reporter.algorithms.published_files import published_files
from services.reporter.algorithms.recommendations import Recommendations, recommendations
from services.reporter.algorithms.report_inputs import ReportInputs, frame_count
from services.reporter.algorithms.shots import ShotsView, shots_view
from services.reporter.algorithms.splits import SplitsView, splits_view
from services.reporter.algorithms.timelines import Presence, Tick, read_intervals, ticks
from services.reporter.algorithms.who_is_who import WhoIsWho, who_is_who


@dataclass(frozen=True, slots=True)
class Fact:
    """A line of the header: label, value, a second line in small print, and what a hover adds."""

    label: str
    value: str
    detail: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class ReportView:
    """The page as data: what the templates print, nothing left to compute.

    `cards` are all persons, `cast` those who are not ignored, `ignored` the others. `names` are by number. `plan` and
    `calibration` are None where nothing was compared, `health` where nothing was judged. `people_count` is how many human beings
    there may be, None if that is as many as the cast has; `fills` whether frames were filled in.
    """

    file_name: str
    length: str
    person_count: str
    people_count: int | None
    facts: tuple[Fact, ...]
    models: tuple[Fact, ...]
    warnings: tuple[str, ...]
    cards: tuple[PersonCard, ...]
    names: Mapping[int, str]
    ticks: tuple[Tick, ...]
    shots: ShotsView
    heat: HeatView
    pairs: Recommendations
    plan: PlanView | None
    calibration: CalibrationView | None
    splits: SplitsView
    health: HealthView | None
    fills: bool
    files: tuple[tuple[str, str], ...]
    version: str

    @property
    def cast(self) -> tuple[PersonCard, ...]:
        """Persons who are not ignored, by rank."""
        return tuple(card for card in self.cards if not card.ignored)

    @property
    def ignored(self) -> tuple[PersonCard, ...]:
        """Persons who are ignored, by rank."""
        return tuple(card for card in self.cards if card.ignored)

    @property
    def selected(self) -> tuple[PersonCard, ...]:
        """Persons who are selected."""
        return tuple(card for card in self.cards if card.selected)


def summarize(inputs: ReportInputs) -> ReportView:
    """The page's content. Person order is the ranking's throughout, ignored persons last."""
    entries = {entry["person_id"]: entry for entry in inputs.appearances["persons"]}
    times = frame_times((item for entry in entries.values() for item in read_intervals(entry)), float(inputs.video.frame_rate))
    presences = {person.person_id: _presence(person, entries[person.person_id], times) for person in inputs.persons}
    duration_s = _duration_s(inputs, presences)
    who = who_is_who(inputs.cast)
    parameters = stage_parameters(CastParameters, Stage.CAST, inputs.parameters)
    coverages = {person_id: entry["coverage"] for person_id, entry in entries.items()}
    notes = (read_cohesion(inputs.identities), inputs.crop_notes)
    cards = CardReader(who, presences, coverages, *notes, parameters, duration_s).read(inputs.ranking["rankings"])
    pairs = recommendations(inputs.similarity, presences, who)
    plan = _plan(inputs, who, times, parameters.appearance_max_gap_s, duration_s)
    counted = [card.person_id for card in cards if not card.ignored]
    person_of = {tracklet: person.person_id for person in inputs.cast.persons for tracklet in person.tracklet_ids}
    people_count = plan.people_count if plan is not None else pairs.people_count
    return ReportView(
        file_name=inputs.file_name,
        length=length_text(duration_s),
        person_count=count_text(len(counted), "person"),
        people_count=people_count if people_count < len(counted) else None,
        facts=_facts(inputs, duration_s),
        models=(_model_fact("Found by", inputs.detector), _model_fact("Compared by", inputs.embedder)),
        warnings=page_warnings(inputs),
        cards=cards,
        names={card.person_id: card.name for card in cards},
        ticks=ticks(duration_s),
        shots=shots_view(inputs.shots, duration_s),
        heat=heat_view(inputs.similarity, counted, [(pair.first, pair.second) for pair in pairs.vetoed.shown]),
        pairs=pairs,
        plan=plan,
        calibration=None if inputs.calibration is None else calibration_view(inputs.calibration),
        splits=splits_view(inputs.splits, person_of, times),
        health=None if inputs.metrics is None else health_view(inputs.metrics),
        fills=any(card.filled_count for card in cards),
        files=published_files(inputs),
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
        "names": {str(person_id): view.names[person_id] for person_id in heat.person_ids},
    }


def page_warnings(inputs: ReportInputs) -> tuple[str, ...]:
    """What the reader must know before trusting the page, each sentence once: notes on models, then the stages' warnings."""
    notes = (choice.note for choice in (inputs.detector, inputs.embedder))
    return tuple(dict.fromkeys(text for text in (*notes, *inputs.warnings) if text))


def _presence(person: Person, entry: Mapping[str, Any], times: FrameTimes) -> Presence:
    filled = tuple(times.interval(first, end) for first, end in runs(person.frame_numbers[person.interpolated]))
    return Presence(read_intervals(entry), person.frame_numbers[~person.interpolated], filled)


def _plan(inputs: ReportInputs, who: WhoIsWho, times: FrameTimes, max_gap_s: float, duration_s: float) -> PlanView | None:
    if inputs.plan is None:
        return None
    before = {person.person_id: person for person in inputs.before}
    threshold = float(inputs.plan["threshold"])
    return PlanReader(who, before, frozenset(inputs.cast.kept_apart), times, max_gap_s, duration_s, threshold).read(inputs.plan)


def _duration_s(inputs: ReportInputs, presences: Presences) -> float:
    """What the container says, but no less than the frames take; some containers say nothing."""
    rate = float(inputs.video.frame_rate)
    counted_s = frame_count(inputs) / rate if rate > 0 else 0.0
    return max([inputs.video.duration_s, counted_s, *(presence.intervals[-1].end_s for presence in presences.values())])


def _facts(inputs: ReportInputs, duration_s: float) -> tuple[Fact, ...]:
    video = inputs.video
    rate = f", {float(video.frame_rate):.4g} fps" if video.frame_rate > 0 else ""
    return (
        Fact("Length", length_text(duration_s), more=f"{duration_s:.3f} s"),
        Fact("Frames", f"{frame_count(inputs):,}", _examined(inputs)),
        Fact("Picture", f"{video.width_px} \N{MULTIPLICATION SIGN} {video.height_px} px{rate}"),
        Fact("Format", f"{video.codec} in {video.container}"),
    )


def _examined(inputs: ReportInputs) -> str:
    """In how many frames people were looked for, where it was not in all."""
    examined = int(inputs.appearances.get("examined_frames", frame_count(inputs)))
    return f"people were looked for in {examined:,}" if examined < frame_count(inputs) else ""


def _model_fact(label: str, choice: ModelChoice) -> Fact:
    hashed = f"SHA-256 {choice.sha256[:12]}" if choice.sha256 else ""
    detail = ", ".join(text for text in (choice.runtime, hashed) if text)
    more = "; ".join(text for text in (f"SHA-256 {choice.sha256}" if choice.sha256 else "", choice.origin) if text)
    return Fact(label, choice.name, detail, more)
