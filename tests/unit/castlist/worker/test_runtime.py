"""A worker on the in-process bus and a folder: data, manifest, event, ack, in that order, whatever happens between."""

import asyncio
import hashlib
import logging
import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.adapters.otlp_traces import OtlpTracer
from castlist.codec.job_messages import decode_event, encode_task
from castlist.domain.jobs import Event, FailureKind, NamedObject, ObjectRef, Parameter, Stage, Task, TaskDone, TaskFailure
from castlist.errors import AccessDenied, DependencyUnavailable, InputError, NotReadyForTask, ObjectMissing
from castlist.ports import ObjectReader, Output, TaskResult
from castlist.traces import context_of_job
from castlist.worker.execution import Executor
from castlist.worker.objects import VerifiedReader
from castlist.worker.runtime import TRIES, Timing, Work, Worker
from tests.fixtures.span_receiver import span_receiver

TASK = Task("j", Stage.GROUP, 0, 0, {"x": Parameter(1, "default")}, ())
QUICK = Timing(heartbeat_s=0.05, fetch_s=0.05, dependency_retry_s=0.01, task_retry_s=0.01)


class Scene:
    """A bus, a store, and a worker around one handler."""

    def __init__(self, folder, handler: Callable[[Task, ObjectReader], TaskResult], *, digest: str = "v1", ack_wait_s: float = 5.0) -> None:
        self.bus = MemoryBus(ack_wait_s=ack_wait_s)
        self.store = DirectoryStore(folder / "store")
        self.reader = VerifiedReader(self.store, folder / "cache")
        self.executor = Executor(handler, self.store, self.reader, digest)
        self.worker = Worker(self.bus, [Work(Stage.GROUP, self.executor)], QUICK)

    async def run(self, *tasks: Task, events: int = 1) -> list[Event]:
        for task in tasks:
            await self.bus.publish_task(topology.task_subject(task.stage, task.job_id, task.index), encode_task(task))
        stop = asyncio.Event()
        running = asyncio.create_task(self.worker.run(stop))
        async with asyncio.timeout(20):
            while len(found := await self.bus.read(topology.job_events_filter("j"))) < events:
                await asyncio.sleep(0.01)
        stop.set()
        await running
        return [decode_event(entry.payload, entry.sequence) for entry in found]


def answer(_: Task, __: ObjectReader) -> TaskResult:
    return TaskResult((Output("a.txt", b"hello", published=True),), {"things": 3}, ("careful",))


async def test_what_an_undo_returns_to_is_not_computed_again(tmp_path) -> None:
    scene = Scene(tmp_path, answer)
    first = scene.executor.execute(replace(TASK, stage=Stage.CAST))
    again = scene.executor.execute(replace(TASK, stage=Stage.CAST, index=2))
    assert (first.reused, again.reused, again.index) == (False, True, 2)
    assert again.outputs == first.outputs


async def test_a_task_leaves_data_a_manifest_an_event_and_no_queue(tmp_path) -> None:
    scene = Scene(tmp_path, answer)
    (event,) = await scene.run(TASK)
    done = event.fact
    assert isinstance(done, TaskDone)
    assert (done.counts, done.warnings, done.reused, done.delivery_count) == ({"things": 3}, ("careful",), False, 1)
    (output,) = done.outputs
    assert output.ref.sha256 == hashlib.sha256(b"hello").hexdigest()
    assert scene.reader.read(output.ref) == b"hello"
    assert [info.key.split("/")[4][:9] for info in scene.store.list("jobs/j/group/")] == [output.ref.sha256[:9], "manifest-"][::1]
    assert await scene.bus.publish_task(topology.task_subject("group", "j", 0), b"again"), "the subject is free again"


async def test_what_is_committed_is_not_computed_again_unless_something_changed(tmp_path) -> None:
    calls: list[str] = []

    def counting(task: Task, objects: ObjectReader) -> TaskResult:
        calls.append(task.job_id)
        return answer(task, objects)

    reused = [
        (await Scene(tmp_path, counting, digest=digest).run(task))[0].fact
        for task, digest in [
            (TASK, "v1"),
            (replace(TASK, attempt=4), "v1"),
            (replace(TASK, parameters={"x": Parameter(2, "request")}), "v1"),
            (TASK, "v2"),
        ]
    ]
    assert [fact.reused for fact in reused if isinstance(fact, TaskDone)] == [False, True, False, False]
    assert len(calls) == 3


def test_outputs_that_were_being_made_end_with_the_task_that_failed(tmp_path) -> None:
    ended = []

    def made():
        try:
            yield Output("a.txt", b"hello")
        finally:
            ended.append(True)

    scene = Scene(tmp_path, lambda _, __: TaskResult(made()))

    def refuse(key: str, data: bytes) -> None:
        raise DependencyUnavailable(f"{key}: {len(data)} bytes")

    scene.store.put = refuse  # type: ignore[method-assign]
    with pytest.raises(DependencyUnavailable) as kept:
        scene.executor.execute(TASK)
    assert ended == [True], kept


async def test_a_manifest_whose_data_is_gone_is_not_trusted(tmp_path) -> None:
    scene = Scene(tmp_path, answer)
    (event,) = await scene.run(TASK)
    assert isinstance(event.fact, TaskDone)
    scene.store.delete(event.fact.outputs[0].ref.key)
    (again,) = await Scene(tmp_path, answer).run(TASK)
    assert isinstance(again.fact, TaskDone)
    assert not again.fact.reused
    assert scene.reader.read(again.fact.outputs[0].ref) == b"hello"


async def test_a_manifest_whose_transient_data_is_gone_is_trusted(tmp_path) -> None:
    scene = Scene(tmp_path, lambda _, __: TaskResult((Output("crops", b"many", transient=True), Output("few", b"few"))))
    crops, _ = scene.executor.execute(TASK).outputs
    scene.store.delete(crops.ref.key)
    assert scene.executor.execute(TASK).reused


async def test_a_released_input_ends_the_job_and_names_itself(tmp_path) -> None:
    scene = Scene(tmp_path, lambda task, objects: TaskResult((Output("x", objects.read(task.ref("crops.0"))),)))
    gone = NamedObject("crops.0", ObjectRef("jobs/j/detect/0/crops.0", 4, "ab" * 32), transient=True)
    (event,) = await scene.run(replace(TASK, inputs=(gone,)))
    assert isinstance(event.fact, TaskFailure)
    assert (event.fact.kind, event.fact.permanent) == (FailureKind.RELEASED, True)
    assert event.fact.reason == "crops.0, which group reads, was deleted when group had been done before: submit the video anew"


async def test_bad_input_ends_the_job_with_the_handlers_words(tmp_path) -> None:
    def refuse(task: Task, objects: ObjectReader) -> TaskResult:
        raise InputError("film.mp4 holds no video stream: choose another file")

    (event,) = await Scene(tmp_path, refuse).run(TASK)
    failure = event.fact
    assert isinstance(failure, TaskFailure)
    assert (failure.kind, failure.permanent) == (FailureKind.INPUT, True)
    assert failure.reason == "film.mp4 holds no video stream: choose another file"


async def test_a_bug_is_counted_at_each_delivery_and_then_left(tmp_path, caplog) -> None:
    def break_(task: Task, objects: ObjectReader) -> TaskResult:
        raise ZeroDivisionError("oh")

    scene = Scene(tmp_path, break_)
    with caplog.at_level(logging.CRITICAL):
        events = await scene.run(TASK, events=TRIES)
    failures = [event.fact for event in events if isinstance(event.fact, TaskFailure)]
    assert [(fact.delivery_count, fact.kind, fact.permanent) for fact in failures] == [
        (1, FailureKind.BUG, False),
        (2, FailureKind.BUG, False),
        (3, FailureKind.BUG, False),
    ]
    assert failures[0].reason == "unexpected ZeroDivisionError: oh"
    assert await scene.bus.publish_task(topology.task_subject("group", "j", 0), b"again"), "acknowledged after the last try"


async def test_while_the_store_is_down_the_task_is_kept_and_no_delivery_burned(tmp_path) -> None:
    outages = iter([True, True, True])

    def unlucky(task: Task, objects: ObjectReader) -> TaskResult:
        if next(outages, False):
            raise DependencyUnavailable("the store does not answer")
        return answer(task, objects)

    (event,) = await Scene(tmp_path, unlucky).run(TASK)
    assert isinstance(event.fact, TaskDone)
    assert event.fact.delivery_count == 1


async def test_a_worker_that_is_not_ready_hands_the_task_back(tmp_path) -> None:
    states = iter([True, False])

    def warming(task: Task, objects: ObjectReader) -> TaskResult:
        if next(states):
            raise NotReadyForTask("no weights with hash ab12")
        return answer(task, objects)

    scene = Scene(tmp_path, warming)
    (event,) = await scene.run(TASK)
    assert isinstance(event.fact, TaskDone)
    assert event.fact.delivery_count == 2


async def test_what_a_worker_may_not_read_another_one_may(tmp_path) -> None:
    def refused(_: Task, __: ObjectReader) -> TaskResult:
        raise AccessDenied("the object store refused access to object x")

    (event,) = await Scene(tmp_path, refused).run(TASK)
    failure = event.fact
    assert isinstance(failure, TaskFailure)
    assert (failure.kind, failure.permanent, failure.delivery_count) == (FailureKind.TASK, True, TRIES)
    assert failure.reason == "the object store refused access to object x"


async def test_rights_are_checked_without_leaving_a_trace(tmp_path) -> None:
    scene = Scene(tmp_path, answer)
    await scene.worker.check_rights()
    assert await scene.bus.read(topology.EVENTS_FILTER) == []
    assert list(scene.store.list("")) == []


async def test_a_slow_task_is_kept_by_heartbeats(tmp_path) -> None:
    def slow(task: Task, objects: ObjectReader) -> TaskResult:
        time.sleep(0.8)
        return answer(task, objects)

    scene = Scene(tmp_path, slow, ack_wait_s=0.2)
    (event,) = await scene.run(TASK)
    assert isinstance(event.fact, TaskDone)
    assert event.fact.delivery_count == 1


async def test_a_deleted_jobs_task_vanishes_without_a_trace(tmp_path) -> None:
    scene = Scene(tmp_path, answer)
    scene.store.put(topology.tombstone_key("j"), b"")
    await scene.run(TASK, events=0)
    assert list(scene.store.list("jobs/")) == []
    assert await scene.bus.read(topology.job_events_filter("j")) == []


async def test_a_missing_input_is_named(tmp_path) -> None:
    scene = Scene(tmp_path, answer)
    with pytest.raises(ObjectMissing, match="jobs/j/nothing"):
        scene.store.get("jobs/j/nothing")


async def test_a_payload_that_is_no_task_is_dropped(tmp_path, caplog) -> None:
    scene = Scene(tmp_path, answer)
    subject = topology.task_subject("group", "j", 7)
    await scene.bus.publish_task(subject, b"\xff\xff")
    with caplog.at_level(logging.CRITICAL):
        (event,) = await scene.run(TASK)
    assert isinstance(event.fact, TaskDone)
    assert await scene.bus.publish_task(subject, b"again")


async def test_a_traced_tasks_event_carries_its_own_context(tmp_path, monkeypatch) -> None:
    with span_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        tracer = OtlpTracer("grouper")
        scene = Scene(tmp_path, answer)
        scene.worker = Worker(scene.bus, [Work(Stage.GROUP, scene.executor)], QUICK, tracer=tracer)
        await scene.run(TASK)
        tracer.close()
    (entry,) = await scene.bus.read(topology.job_events_filter("j"))
    (span,) = (span for span in receiver.spans if span.name == "process castlist.task.group.{job}.{index}")
    assert entry.headers == {"traceparent": f"00-{span.trace_id}-{span.span_id}-01"}
    assert context_of_job("j", {})["traceparent"].split("-")[1:3] == [span.trace_id, span.parent_id], "nobody had started a trace"
