"""Which tasks a job needs, and which outputs feed which task: the data path, written once.

[fetch ->] plan -> detect[i] -> track[i] (a chain) -> pick -> embed[b] -> group -> compare[r] -> cast[r] -> report[r], r the revision
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import islice

from castlist.domain.jobs import REVISED, JobRequest, NamedObject, ObjectRef, Parameter, Stage, Task, TaskDone
from castlist.domain.resolving import resolve
from castlist.domain.source_url import parse_source_url
from services.coordinator.algorithms.ledger import Ledger

ORDER = tuple(Stage)

QUEUED_PER_JOB = 32
"""Detect or embed tasks of one job that may be outstanding at a time: leaves room for other jobs."""

QUEUED_IN_ALL = 1024
"""Detect and embed tasks that all jobs share the queue with; more only where so many jobs run that each has one."""

WINDOWED = frozenset({Stage.DETECT, Stage.EMBED})
"""The stages that have many tasks at a time."""

REPORTED_COMPARISONS = ("similarity_matrix.json", "merge_plan.json", "calibration.json", "identities.json", "cast")
REPORTED_CAST = (
    "canonical_persons.npz",
    "appearances.json",
    "ranking_results.json",
    "crop_quality.csv",
    "track_metrics.json",
    "person_crops",
    "person_crop_list",
)

COUNTED = ("crops", "blank_crops")
"""What detect tasks count and `track_metrics.json` says."""


def fair_window(jobs: int) -> int:
    """How many windowed tasks each of so many jobs may have outstanding: `QUEUED_PER_JOB`, or its share, at least 1."""
    return max(1, min(QUEUED_PER_JOB, QUEUED_IN_ALL // max(jobs, 1)))


def outstanding(ledger: Ledger, request: JobRequest, window: int) -> Iterator[Task]:
    """Tasks that should exist now: inputs there, not done, `window` of a stage at most, up to the request's last stage."""
    builders = (_fetch, _plan, _detect, _track, _pick, _embed, _group, _compare, _cast, _report)
    for stage, build in zip(ORDER, builders, strict=True):
        for index, inputs in islice(build(ledger, request), window):
            yield Task(
                job_id=request.job_id,
                stage=stage,
                index=index,
                attempt=ledger.attempt,
                parameters=_parameters(ledger, request, stage),
                inputs=tuple(inputs),
                warnings=warnings(ledger) if stage is Stage.REPORT else (),
            )
        if stage is request.until:
            return


def task_count(ledger: Ledger, stage: Stage) -> int | None:
    """Tasks the stage will have had in the end; None while that is not known."""
    if stage is Stage.FETCH:
        return int(ledger.request is not None and ledger.request.source is None)
    if stage in (Stage.DETECT, Stage.TRACK):
        plan = ledger.done[Stage.PLAN].get(0)
        return None if plan is None else plan.counts["segments"]
    if stage is Stage.EMBED:
        pick = ledger.done[Stage.PICK].get(0)
        return None if pick is None else len(pick.refs("embed_crops"))
    return 1


def current(ledger: Ledger) -> Iterator[TaskDone]:
    """The finished tasks of the present revision, but for reports, by stage and index."""
    for done in ledger.all_done():
        if done.stage not in REVISED or (done.stage is not Stage.REPORT and done.index == ledger.revision):
            yield done


def warnings(ledger: Ledger) -> tuple[str, ...]:
    """All tasks' warnings, each once, by stage and index."""
    found = {text: None for done in current(ledger) for text in done.warnings}
    return tuple(found)


def released(ledger: Ledger) -> tuple[ObjectRef, ...]:
    """Transient outputs whose readers are all done: the segments' crops, once those to keep are picked."""
    if 0 not in ledger.done[Stage.PICK]:
        return ()
    return tuple(item.ref for done in ledger.done[Stage.DETECT].values() for item in done.outputs if item.transient)


Inputs = Iterable[NamedObject]


def _fetch(ledger: Ledger, request: JobRequest) -> Iterator[tuple[int, Inputs]]:
    if request.source is None and 0 not in ledger.done[Stage.FETCH]:
        yield 0, []


def _plan(ledger: Ledger, request: JobRequest) -> Iterator[tuple[int, Inputs]]:
    source = _source(ledger, request)
    if source and 0 not in ledger.done[Stage.PLAN]:
        yield 0, source


def _detect(ledger: Ledger, request: JobRequest) -> Iterator[tuple[int, Inputs]]:
    plan, source = ledger.done[Stage.PLAN].get(0), _source(ledger, request)
    if plan is not None and source:
        inputs = [*source, *_select(plan, "video", "detector")]
        yield from ((index, inputs) for index in _undone(ledger, Stage.DETECT))


def _track(ledger: Ledger, _: JobRequest) -> Iterator[tuple[int, Inputs]]:
    index = ledger.first_undone(Stage.TRACK)
    if index >= (task_count(ledger, Stage.TRACK) or 0):
        return
    detections = ledger.done[Stage.DETECT].get(index)
    before = ledger.done[Stage.TRACK].get(index - 1)
    if detections is not None and (index == 0 or before is not None):
        state = _select(before, "state") if before is not None else []
        yield index, [*_select(ledger.done[Stage.PLAN][0], "video"), *_select(detections, "detections", "thumbnails"), *state]


def _pick(ledger: Ledger, _: JobRequest) -> Iterator[tuple[int, Inputs]]:
    if 0 in ledger.done[Stage.PICK] or not _finished(ledger, Stage.DETECT, Stage.TRACK):
        return
    segments = range(task_count(ledger, Stage.TRACK) or 0)
    tracks = [item for i in segments for item in _select(ledger.done[Stage.TRACK][i], "tracks")]
    crops = [item for i in segments for item in _select(ledger.done[Stage.DETECT][i], "crop_list", f"crops.{i}")]
    yield 0, [*_select(ledger.done[Stage.PLAN][0], "video"), *tracks, *crops]


def _embed(ledger: Ledger, _: JobRequest) -> Iterator[tuple[int, Inputs]]:
    if _finished(ledger, Stage.PLAN, Stage.PICK):
        batches = _select(ledger.done[Stage.PICK][0], "embed_crops")
        embedder = _select(ledger.done[Stage.PLAN][0], "embedder")
        yield from ((index, [batches[index], *embedder]) for index in _undone(ledger, Stage.EMBED))


def _group(ledger: Ledger, _: JobRequest) -> Iterator[tuple[int, Inputs]]:
    if 0 in ledger.done[Stage.GROUP] or not _finished(ledger, Stage.PLAN, Stage.PICK, Stage.EMBED):
        return
    video = _select(ledger.done[Stage.PLAN][0], "video")
    yield 0, [*video, *_select(ledger.done[Stage.PICK][0], "tracklets", "crop_table"), *_embeddings(ledger)]


def _compare(ledger: Ledger, _: JobRequest) -> Iterator[tuple[int, Inputs]]:
    revision = ledger.revision
    if revision in ledger.done[Stage.COMPARE] or not _finished(ledger, Stage.PLAN, Stage.PICK, Stage.EMBED, Stage.GROUP):
        return
    yield (
        revision,
        [
            *_select(ledger.done[Stage.PLAN][0], "embedder"),
            *_select(ledger.done[Stage.PICK][0], "crop_table"),
            *_embeddings(ledger),
            *_select(ledger.done[Stage.GROUP][0], "persons", "tracklets_split"),
            *(NamedObject("edit", ledger.edits[number]) for number in range(1, revision + 1)),
        ],
    )


def _cast(ledger: Ledger, _: JobRequest) -> Iterator[tuple[int, Inputs]]:
    revision = ledger.revision
    compared = ledger.done[Stage.COMPARE].get(revision)
    if revision in ledger.done[Stage.CAST] or compared is None or not _finished(ledger, Stage.DETECT, Stage.PICK, Stage.GROUP):
        return
    yield (
        revision,
        [
            *_select(ledger.done[Stage.PLAN][0], "video"),
            *_select(ledger.done[Stage.PICK][0], "crop_table", "kept_crops"),
            *_select(ledger.done[Stage.GROUP][0], "tracklets_split"),
            *_select(compared, "cast", "identities.json"),
        ],
    )


def _report(ledger: Ledger, request: JobRequest) -> Iterator[tuple[int, Inputs]]:
    revision = ledger.revision
    compared, cast = ledger.done[Stage.COMPARE].get(revision), ledger.done[Stage.CAST].get(revision)
    if revision in ledger.done[Stage.REPORT] or compared is None or cast is None:
        return
    if not _finished(ledger, Stage.PLAN, Stage.DETECT, Stage.PICK, Stage.GROUP):
        return
    readings = [ledger.done[Stage.PLAN][0], *(ledger.done[Stage.DETECT][i] for i in range(task_count(ledger, Stage.DETECT) or 0))]
    yield (
        revision,
        [
            *_source(ledger, request),
            *_select(ledger.done[Stage.PLAN][0], "video", "detector", "embedder"),
            *(item for done in readings for item in _select(done, "damage")),
            *_select(ledger.done[Stage.PICK][0], "shots.json"),
            *_select(ledger.done[Stage.GROUP][0], "persons", "splits.json"),
            *_select(compared, *REPORTED_COMPARISONS),
            *_select(cast, *REPORTED_CAST),
        ],
    )


def _source(ledger: Ledger, request: JobRequest) -> list[NamedObject]:
    """The video, handed in or fetched; nothing while it is not there."""
    if request.source is not None:
        return [NamedObject("source", request.source)]
    fetched = ledger.done[Stage.FETCH].get(0)
    return [] if fetched is None else _select(fetched, "source")


def _embeddings(ledger: Ledger) -> list[NamedObject]:
    batches = range(task_count(ledger, Stage.EMBED) or 0)
    return [item for i in batches for item in _select(ledger.done[Stage.EMBED][i], "embeddings")]


def _finished(ledger: Ledger, *stages: Stage) -> bool:
    """Whether all tasks of all these stages are done; a log read out of order may hold later stages only."""
    totals = [(stage, task_count(ledger, stage)) for stage in stages]
    return all(total is not None and ledger.first_undone(stage) >= total for stage, total in totals)


def _undone(ledger: Ledger, stage: Stage) -> Iterator[int]:
    """From the lowest index on, so that the chain of segments is fed in order."""
    done = ledger.done[stage]
    return (index for index in range(ledger.first_undone(stage), task_count(ledger, stage) or 0) if index not in done)


def _select(done: TaskDone, *names: str) -> list[NamedObject]:
    return [replace(item, published=False) for name in names for item in done.outputs if item.name == name]


def _parameters(ledger: Ledger, request: JobRequest, stage: Stage) -> Mapping[str, Parameter]:
    """The stage's own; `cast` gets what all detect tasks counted as well, and `report` those of all stages and the file's name."""
    resolved = resolve(request.overrides, request.settings)
    if stage is Stage.FETCH:
        return {"source.url": Parameter(request.source_url, "request")}
    if stage is Stage.CAST:
        return {**resolved[stage], **{f"counted.{name}": Parameter(_counted(ledger, name), "detect") for name in COUNTED}}
    if stage is not Stage.REPORT:
        return resolved[stage]
    everything = {f"{kind}.{name}": item for kind, items in resolved.items() for name, item in items.items()}
    return everything | {f"source.{name}": Parameter(text, "request") for name, text in _told_of_source(request).items()}


def _told_of_source(request: JobRequest) -> Mapping[str, str]:
    """What a report says of where the video came from: never an address's query."""
    if request.source is not None:
        return {"file_name": request.file_name}
    url = parse_source_url(request.source_url)
    return {"file_name": request.file_name or url.name, "url": url.shown}


def _counted(ledger: Ledger, name: str) -> int:
    return sum(done.counts.get(name, 0) for done in ledger.done[Stage.DETECT].values())
