"""The report stage: results in, page, pictures and run record out."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from castlist import __version__
from castlist.codec.cast import decode_cast
from castlist.codec.documents import decode_json, encode_json
from castlist.codec.messages import decode_model_choice, decode_video_plan
from castlist.codec.person_images import decode_person_images
from castlist.codec.persons import decode_persons
from castlist.codec.stored_images import read_images
from castlist.domain.damage import DamagedSpan, joined_spans, spans_of
from castlist.domain.jobs import Stage, Task
from castlist.domain.parameters import ReportParameters
from castlist.domain.records import PersonImages
from castlist.domain.video import ModelChoice
from castlist.errors import TaskFailed
from castlist.ports import ObjectReader, Output, TaskResult
from services.reporter.algorithms.crop_notes import CropNote, crop_notes
from services.reporter.algorithms.merge_plan import PlanView
from services.reporter.algorithms.picture_choice import animation_rows, still_rows
from services.reporter.algorithms.report_inputs import ReportInputs
from services.reporter.algorithms.run_record import run_record
from services.reporter.algorithms.summaries import page_data, stage_parameters, summarize
from services.reporter.algorithms.wording import printable_name
from services.reporter.rendering.page import Pictures, picture_name, render_page, within_budget
from services.reporter.rendering.webp import AnimationStyle, encode_animations

PAGE_NAME = "person_selection.html"
RECORD_NAME = "run.json"
_THREADS = 4
_COMPARING = ("detect.crops", "pick.embed")  # switches without which nobody is compared by looks
_STILLS_MOST = 120
_STILL_SIZE_PX = 192

Key = TypeVar("Key")
ReadImages = Callable[[Sequence[int]], list[bytes]]


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Make a job's report: the page, an animation of each person that has crops, and the run's record."""
    inputs = _read_inputs(task, objects)
    return TaskResult(outputs=_outputs(task, objects, inputs), counts={"persons": len(inputs.persons)})


def _outputs(task: Task, objects: ObjectReader, inputs: ReportInputs) -> Iterator[Output]:
    view = summarize(inputs)
    crops = decode_person_images(objects.read(task.ref("person_crop_list")))

    def read(rows: Sequence[int]) -> list[bytes]:
        return read_images(objects, task.refs("person_crops"), crops.places.take(np.array(rows, np.int64)))

    parameters = stage_parameters(ReportParameters, Stage.REPORT, task.parameters)
    ranked = [card.person_id for card in view.cards]
    pictured = set(crops.person_ids.tolist())
    embedded, rest = within_budget(_animations(crops, read, ranked, parameters))
    linked = [person_id for person_id in ranked if person_id in pictured and person_id not in embedded]
    pictures = Pictures(embedded, linked, _stills(crops, read, view.plan, parameters))
    yield Output(PAGE_NAME, render_page(view, page_data(view), pictures), published=True)
    for person_id, animation in chain(embedded.items(), rest):
        yield Output(picture_name(person_id), animation, published=True)
    yield Output(RECORD_NAME, encode_json(run_record(inputs, task.ref("source"))), published=True)


def _animations(crops: PersonImages, read: ReadImages, ranked: Iterable[int], parameters: ReportParameters) -> Iterator[tuple[int, bytes]]:
    """Animations of the persons that have crops, in order of rank."""
    rows = animation_rows(crops.person_ids, crops.frame_numbers, parameters.webp_max_frames)
    style = AnimationStyle(parameters.webp_size_px, parameters.webp_fps, parameters.webp_quality)
    return _encoded(((person_id, read(rows[person_id])) for person_id in ranked if person_id in rows), style)


def _stills(crops: PersonImages, read: ReadImages, plan: PlanView | None, parameters: ReportParameters) -> dict[tuple[int, int], bytes]:
    """A picture of each side of the plan's steps that has no animation of its own."""
    steps = plan.shown if plan is not None else ()
    wanted = (
        ((step.number, place), side.detection_indices) for step in steps for place, side in enumerate(step.sides) if side.whole is None
    )
    rows = still_rows(crops.detection_indices, wanted, _STILLS_MOST)
    style = AnimationStyle(_STILL_SIZE_PX, parameters.webp_fps, parameters.webp_quality)
    return dict(_encoded(zip(rows, ([image] for image in read(tuple(rows.values()))), strict=True), style))


def _encoded(images: Iterable[tuple[Key, Sequence[bytes]]], style: AnimationStyle) -> Iterator[tuple[Key, bytes]]:
    try:
        yield from encode_animations(images, style, _THREADS)
    except OSError as fault:
        raise TaskFailed(f"a stored crop is no picture: {fault}; run again from detect") from fault


def _read_inputs(task: Task, objects: ObjectReader) -> ReportInputs:
    return ReportInputs(
        file_name=printable_name(_text(task, "source.file_name")) or "video",
        video=decode_video_plan(objects.read(task.ref("video"))),
        detector=decode_model_choice(objects.read(task.ref("detector"))),
        embedder=_embedder(task, objects),
        persons=decode_persons(objects.read(task.ref("canonical_persons.npz"))),
        before=decode_persons(objects.read(task.ref("persons"))),
        cast=decode_cast(objects.read(task.ref("cast"))),
        appearances=decode_json(objects.read(task.ref("appearances.json"))),
        ranking=decode_json(objects.read(task.ref("ranking_results.json"))),
        similarity=decode_json(objects.read(task.ref("similarity_matrix.json"))),
        plan=_document(task, objects, "merge_plan.json"),
        calibration=_document(task, objects, "calibration.json"),
        identities=_document(task, objects, "identities.json"),
        splits=_document(task, objects, "splits.json") or (),
        metrics=_document(task, objects, "track_metrics.json"),
        shots=_document(task, objects, "shots.json"),
        crop_notes=_crop_notes(task, objects),
        parameters={name: item for name, item in task.parameters.items() if not name.startswith("source.")},
        warnings=task.warnings,
        version=__version__,
        source_url=_text(task, "source.url"),
        damage=_damage(task, objects),
    )


def _embedder(task: Task, objects: ObjectReader) -> ModelChoice:
    """What people were compared by, which is nothing where a switch leaves that out."""
    off = next((name for name in _COMPARING if name in task.parameters and not task.parameters[name].value), None)
    if off is None:
        return decode_model_choice(objects.read(task.ref("embedder")))
    return ModelChoice(
        "none", "", "", "", f"Nobody was compared by looks, since {off} is off: who left and came back counts as another person."
    )


def _text(task: Task, name: str) -> str:
    """A parameter that not every job has; empty without it."""
    return str(task.parameters[name].value) if name in task.parameters else ""


def _document(task: Task, objects: ObjectReader, name: str) -> Any:
    """A JSON document that not every job has; None without it."""
    refs = task.refs(name)
    return decode_json(objects.read(refs[0])) if refs else None


def _damage(task: Task, objects: ObjectReader) -> tuple[DamagedSpan, ...]:
    """What planning and the segments' reading found, a stretch across segments as one."""
    return joined_spans(span for ref in task.refs("damage") for span in spans_of(decode_json(objects.read(ref))))


def _crop_notes(task: Task, objects: ObjectReader) -> Mapping[int, CropNote]:
    refs = task.refs("crop_quality.csv")
    if not refs:
        return {}
    with objects.local_path(refs[0]).open(encoding="utf-8", newline="") as lines:
        return crop_notes(csv.DictReader(lines))
