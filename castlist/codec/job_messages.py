"""Requests, tasks, events and manifests as protobuf bytes."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from castlist.codec.job_settings import decode_settings, encode_settings
from castlist.codec.messages import encode, parse
from castlist.contracts.v1 import events_pb2, jobs_pb2, objects_pb2
from castlist.domain.jobs import (
    REVISED,
    Event,
    Fact,
    FailureKind,
    JobCancelled,
    JobRejected,
    JobRequest,
    JobRetried,
    NamedObject,
    ObjectRef,
    Parameter,
    ParameterValue,
    ResultEdited,
    Stage,
    Task,
    TaskDone,
    TaskFailure,
)
from castlist.errors import ObjectCorrupt

_STAGES: dict[Stage, Any] = {stage: jobs_pb2.Stage.Value(f"STAGE_{stage.name}") for stage in Stage}
_STAGE_OF = {number: stage for stage, number in _STAGES.items()}
_KINDS: dict[FailureKind, Any] = {kind: events_pb2.FailureKind.Value(f"FAILURE_KIND_{kind.name}") for kind in FailureKind}
_KIND_OF = {number: kind for kind, number in _KINDS.items()}


def encode_request(request: JobRequest) -> bytes:
    return encode(
        jobs_pb2.JobRequest(
            job_id=request.job_id,
            source=None if request.source is None else _ref_message(request.source),
            file_name=request.file_name,
            overrides=dict(request.overrides),
            until=_STAGES[request.until],
            settings=encode_settings(request.settings),
            source_url=request.source_url,
        )
    )


def decode_request(data: bytes) -> JobRequest:
    message = parse(jobs_pb2.JobRequest, data)
    return JobRequest(
        job_id=message.job_id,
        source=_ref(message.source) if message.HasField("source") else None,
        file_name=message.file_name,
        overrides=dict(message.overrides),
        until=_STAGE_OF.get(message.until, Stage.REPORT),
        settings=decode_settings(message.settings),
        source_url=message.source_url,
    )


def encode_task(task: Task) -> bytes:
    return encode(_task_message(task))


def encode_task_identity(task: Task) -> bytes:
    """What a task's result depends on: everything but job, attempt and keys, nor the revision where the index is that.

    Where parameters come from is told by the report, and counts for it alone.
    """
    anonymous = replace(
        task,
        job_id="",
        index=0 if task.stage in REVISED else task.index,
        attempt=0,
        parameters={name: item if task.stage is Stage.REPORT else replace(item, source="") for name, item in task.parameters.items()},
        inputs=tuple(NamedObject(item.name, replace(item.ref, key="")) for item in task.inputs),
    )
    return encode(_task_message(anonymous))


def decode_task(data: bytes) -> Task:
    message = parse(jobs_pb2.Task, data)
    return Task(
        job_id=message.job_id,
        stage=_stage(message.stage),
        index=message.index,
        attempt=message.attempt,
        parameters={name: _parameter(value) for name, value in message.parameters.items()},
        inputs=_objects(message.inputs),
        warnings=tuple(message.warnings),
    )


def encode_manifest(done: TaskDone) -> bytes:
    """A task's outputs, counts and warnings: nothing of how it was run."""
    message = _done_message(replace(done, attempt=0))
    message.ClearField("run")
    return encode(message)


def decode_manifest(data: bytes) -> TaskDone:
    return _done(parse(events_pb2.TaskDone, data))


def encode_fact(job_id: str, fact: Fact) -> bytes:
    message = events_pb2.Event(job_id=job_id)
    match fact:
        case TaskDone():
            message.task_done.CopyFrom(_done_message(fact))
        case TaskFailure():
            message.task_failed.CopyFrom(_failure_message(fact))
        case JobRejected():
            message.job_rejected.reason = fact.reason
        case JobCancelled():
            message.job_cancelled.SetInParent()
        case JobRetried():
            message.job_retried.attempt = fact.attempt
        case ResultEdited():
            message.result_edited.CopyFrom(events_pb2.ResultEdited(revision=fact.revision, edit=_ref_message(fact.edit)))
    return encode(message)


def decode_event(data: bytes, sequence: int) -> Event:
    """Raises `ObjectCorrupt` for bytes that are no event, or one of a kind that this version does not know."""
    message = parse(events_pb2.Event, data)
    return Event(message.job_id, sequence, _fact(message))


def _fact(message: events_pb2.Event) -> Fact:
    kind = message.WhichOneof("fact")
    if kind == "task_done":
        return _done(message.task_done)
    if kind == "task_failed":
        return _failure(message.task_failed)
    if kind == "job_rejected":
        return JobRejected(message.job_rejected.reason)
    if kind == "job_cancelled":
        return JobCancelled()
    if kind == "job_retried":
        return JobRetried(message.job_retried.attempt)
    if kind == "result_edited":
        return ResultEdited(message.result_edited.revision, _ref(message.result_edited.edit))
    raise ObjectCorrupt(f"event of job {message.job_id!r} states no fact that this version knows")


def _task_message(task: Task) -> jobs_pb2.Task:
    return jobs_pb2.Task(
        job_id=task.job_id,
        stage=_STAGES[task.stage],
        index=task.index,
        attempt=task.attempt,
        parameters={name: _parameter_message(item) for name, item in task.parameters.items()},
        inputs=_object_messages(task.inputs),
        warnings=task.warnings,
    )


def _done_message(done: TaskDone) -> events_pb2.TaskDone:
    return events_pb2.TaskDone(
        stage=_STAGES[done.stage],
        index=done.index,
        attempt=done.attempt,
        outputs=_object_messages(done.outputs),
        counts=dict(done.counts),
        warnings=done.warnings,
        run=events_pb2.TaskRun(
            delivery_count=done.delivery_count,
            reused=done.reused,
            worker=done.worker,
            started_unix_seconds=done.started_unix_s,
            finished_unix_seconds=done.finished_unix_s,
        ),
    )


def _done(message: events_pb2.TaskDone) -> TaskDone:
    return TaskDone(
        stage=_stage(message.stage),
        index=message.index,
        attempt=message.attempt,
        outputs=_objects(message.outputs),
        counts=_counts(message.counts),
        warnings=tuple(message.warnings),
        delivery_count=message.run.delivery_count,
        reused=message.run.reused,
        worker=message.run.worker,
        started_unix_s=message.run.started_unix_seconds,
        finished_unix_s=message.run.finished_unix_seconds,
    )


def _failure_message(failure: TaskFailure) -> events_pb2.TaskFailed:
    return events_pb2.TaskFailed(
        stage=_STAGES[failure.stage],
        index=failure.index,
        attempt=failure.attempt,
        delivery_count=failure.delivery_count,
        kind=_KINDS[failure.kind],
        permanent=failure.permanent,
        reason=failure.reason,
    )


def _failure(message: events_pb2.TaskFailed) -> TaskFailure:
    return TaskFailure(
        stage=_stage(message.stage),
        index=message.index,
        attempt=message.attempt,
        delivery_count=message.delivery_count,
        kind=_KIND_OF.get(message.kind, FailureKind.BUG),
        permanent=message.permanent,
        reason=message.reason,
    )


def _stage(number: int) -> Stage:
    if number not in _STAGE_OF:
        raise ObjectCorrupt(f"stage number {number} is unknown to this version")
    return _STAGE_OF[number]


def _counts(counts: Mapping[str, int]) -> dict[str, int]:
    return dict(sorted(counts.items()))


def _ref_message(ref: ObjectRef) -> objects_pb2.ObjectRef:
    return objects_pb2.ObjectRef(key=ref.key, length_bytes=ref.length, sha256=bytes.fromhex(ref.sha256))


def _ref(message: objects_pb2.ObjectRef) -> ObjectRef:
    return ObjectRef(message.key, message.length_bytes, message.sha256.hex())


def _object_messages(items: Iterable[NamedObject]) -> list[objects_pb2.NamedObject]:
    return [
        objects_pb2.NamedObject(name=item.name, ref=_ref_message(item.ref), published=item.published, transient=item.transient)
        for item in items
    ]


def _objects(messages: Iterable[objects_pb2.NamedObject]) -> tuple[NamedObject, ...]:
    return tuple(NamedObject(item.name, _ref(item.ref), item.published, item.transient) for item in messages)


def _parameter_message(item: Parameter) -> jobs_pb2.Parameter:
    match item.value:
        case bool():
            return jobs_pb2.Parameter(switch_value=item.value, source=item.source)
        case int():
            return jobs_pb2.Parameter(integer_value=item.value, source=item.source)
        case float():
            return jobs_pb2.Parameter(number_value=item.value, source=item.source)
        case text:
            return jobs_pb2.Parameter(text_value=text, source=item.source)


def _parameter(message: jobs_pb2.Parameter) -> Parameter:
    kind = message.WhichOneof("value")
    if kind is None:
        raise ObjectCorrupt("a parameter without a value")
    value: ParameterValue = getattr(message, kind)
    return Parameter(value, message.source)
