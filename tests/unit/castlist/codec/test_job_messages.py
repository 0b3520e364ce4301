from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.codec.job_messages import (
    decode_event,
    decode_manifest,
    decode_request,
    decode_task,
    encode_fact,
    encode_manifest,
    encode_request,
    encode_task,
    encode_task_identity,
)
from castlist.domain.jobs import (
    Event,
    FailureKind,
    JobCancelled,
    JobRejected,
    JobRequest,
    JobRetried,
    NamedObject,
    ObjectRef,
    Parameter,
    ResultEdited,
    Settings,
    Stage,
    Task,
    TaskDone,
    TaskFailure,
)
from castlist.errors import ObjectCorrupt

texts = st.text(max_size=8)
refs = st.builds(ObjectRef, texts, st.integers(0, 2**40), st.binary(min_size=32, max_size=32).map(bytes.hex))
objects = st.lists(st.builds(NamedObject, texts, refs, st.booleans()), max_size=3).map(tuple)
values = st.one_of(st.booleans(), st.integers(-(2**40), 2**40), st.floats(allow_nan=False), texts)
counts = st.dictionaries(texts, st.integers(0, 2**40), max_size=3)
stages = st.sampled_from(Stage)
numbers = st.integers(0, 1000)
said = st.dictionaries(texts, texts, max_size=3)

tasks = st.builds(
    Task,
    texts,
    stages,
    numbers,
    numbers,
    st.dictionaries(texts, st.builds(Parameter, values, texts), max_size=3),
    st.lists(st.builds(NamedObject, texts, refs, st.booleans()), max_size=3).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
)
dones = st.builds(
    TaskDone,
    stages,
    numbers,
    numbers,
    objects,
    counts,
    st.lists(texts, max_size=2).map(tuple),
    numbers,
    st.booleans(),
    texts,
    st.floats(0, 2e9),
    st.floats(0, 2e9),
)
facts = st.one_of(
    dones,
    st.builds(TaskFailure, stages, numbers, numbers, numbers, st.sampled_from(FailureKind), st.booleans(), texts),
    st.builds(JobRejected, texts),
    st.just(JobCancelled()),
    st.builds(JobRetried, numbers),
    st.builds(ResultEdited, numbers, refs),
)


@given(facts, texts, st.integers(1, 2**40))
def test_events_survive_the_wire(fact, job_id, sequence) -> None:
    assert decode_event(encode_fact(job_id, fact), sequence) == Event(job_id, sequence, fact)


@given(tasks)
def test_tasks_survive_the_wire(task) -> None:
    assert decode_task(encode_task(task)) == task


@given(st.builds(JobRequest, texts, refs | st.none(), texts, said, stages, st.builds(Settings, said, texts, said, said, texts), texts))
def test_requests_survive_the_wire(request) -> None:
    assert decode_request(encode_request(request)) == request


@given(tasks)
def test_where_parameters_come_from_counts_for_the_report_alone(task) -> None:
    moved = replace(task, parameters={name: Parameter(item.value, "elsewhere") for name, item in task.parameters.items()})
    at_home = replace(task, parameters={name: Parameter(item.value, "home") for name, item in task.parameters.items()})
    same = encode_task_identity(moved) == encode_task_identity(at_home)
    assert same == (task.stage is not Stage.REPORT or not task.parameters)


def test_a_client_of_before_settings_is_understood() -> None:
    request = JobRequest("a", ObjectRef("jobs/a/source", 1, "00" * 32), "film.mp4", {"detect.nms_iou": "0.4"})
    data = encode_request(request)
    assert decode_request(data).settings == Settings()
    assert encode_request(replace(request, settings=Settings())) == data


@given(dones)
def test_a_manifest_tells_nothing_of_its_run(done) -> None:
    manifest = decode_manifest(encode_manifest(done))
    assert manifest.outputs == done.outputs
    assert (manifest.attempt, manifest.worker, manifest.delivery_count, manifest.finished_unix_s) == (0, "", 0, 0.0)


@given(tasks, tasks)
def test_a_task_is_the_same_work_under_another_job_id_or_key(task, other) -> None:
    renamed = Task(
        other.job_id,
        task.stage,
        task.index,
        other.attempt,
        task.parameters,
        tuple(NamedObject(item.name, ObjectRef("elsewhere", item.ref.length, item.ref.sha256)) for item in task.inputs),
        task.warnings,
    )
    assert encode_task_identity(renamed) == encode_task_identity(task)


def test_an_event_of_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ObjectCorrupt, match="states no fact"):
        decode_event(b"\x0a\x01j", 1)
    with pytest.raises(ObjectCorrupt, match="are no castlist"):
        decode_event(b"\xff\xff\xff", 1)
