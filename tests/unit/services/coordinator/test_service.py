"""Coordinators on the in-process bus: jobs end, whatever is restarted, doubled, lost or forgotten."""

import asyncio
from collections import Counter
from fnmatch import fnmatchcase

import pytest

from castlist import topology
from castlist.adapters.memory_bus import MemoryBus
from castlist.codec.job_messages import decode_event, encode_fact, encode_request, encode_task
from castlist.domain.jobs import FailureKind, JobCancelled, JobRetried, Stage, Task, TaskDone, TaskFailure
from castlist.ports import Delivery, Headers, ObjectReader, TaskResult
from castlist.rights import STAGES_OF, object_rights
from services.coordinator.algorithms.decide import Status
from services.coordinator.algorithms.wiring import QUEUED_PER_JOB, fair_window
from tests.fixtures.coordinated_jobs import Scene, answer


async def test_jobs_run_to_their_end_side_by_side(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator(), scene.worker():
        await asyncio.gather(scene.submit("a"), scene.submit("b"))
        states = [await scene.ended("a"), await scene.ended("b")]
    assert [state.status for state in states] == [Status.DONE, Status.DONE]
    assert [item.ref.sha256 for item in states[0].outputs] == [item.ref.sha256 for item in states[1].outputs]


async def test_every_service_may_read_what_its_tasks_are_given(tmp_path) -> None:
    scene = Scene(tmp_path)
    service_of = {stage: service for service, stages in STAGES_OF.items() for stage in stages}
    refused: list[tuple[str, str]] = []

    def reads_with_its_rights(task: Task, objects: ObjectReader) -> TaskResult:
        allowed = object_rights(service_of[task.stage]).read
        keys = [item.ref.key for item in task.inputs]
        refused.extend((task.stage, key) for key in keys if not any(fnmatchcase(key, pattern) for pattern in allowed))
        return answer(task, objects)

    async with scene.coordinator(), scene.worker(reads_with_its_rights):
        await scene.submit("a")
        assert (await scene.ended("a")).status is Status.DONE
    assert refused == []


async def test_two_coordinators_and_three_workers_compute_each_task_once(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator(), scene.coordinator(), scene.worker(), scene.worker(), scene.worker():
        await scene.submit("a")
        assert (await scene.ended("a")).status is Status.DONE
    entries = await scene.bus.read(topology.job_events_filter("a"))
    facts = [decode_event(entry.payload, entry.sequence).fact for entry in entries]
    computed = [(fact.stage, fact.index) for fact in facts if isinstance(fact, TaskDone) and not fact.reused]
    assert len({entry.subject for entry in entries}) == 1 + 3 + 3 + 1 + 2 + 1 + 1 + 1 + 1
    assert len(computed) == len(set(computed)) == 14, "a slower coordinator may ask again, but nothing is computed again"


async def test_a_coordinator_that_starts_late_or_again_goes_on_from_the_log(tmp_path) -> None:
    scene = Scene(tmp_path)
    await scene.submit("a")
    async with scene.coordinator():
        await asyncio.sleep(0.1)
    async with scene.worker():
        await asyncio.sleep(0.3)
        assert (await scene.state("a")).progress[Stage.PLAN].done == 1
        async with scene.coordinator():
            assert (await scene.ended("a")).status is Status.DONE


async def test_a_request_that_only_the_store_remembers_is_brought_back(tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.store.put(topology.request_key("a"), encode_request(scene.request("a")))
    scene.store.put(topology.request_key("gone"), encode_request(scene.request("gone")))
    scene.store.put(topology.tombstone_key("gone"), b"")
    async with scene.coordinator(), scene.worker():
        assert (await scene.ended("a")).status is Status.DONE
    assert await scene.bus.read(topology.job_subject("gone")) == []


async def test_a_task_that_the_queue_forgot_is_brought_back_by_the_sweep(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.submit("a")
        await asyncio.sleep(0.1)
        await scene.bus.discard_tasks("a")
        async with scene.worker():
            assert (await scene.ended("a")).status is Status.DONE


async def test_a_bad_request_is_rejected_with_its_reason(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.submit("a", **{"detect.nms_iou": "7"})
        state = await scene.ended("a")
    assert state.status is Status.REJECTED
    assert state.reason == "detect.nms_iou must be a number from 0 to 1, not 7"


async def test_a_request_in_another_jobs_name_is_rejected(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.bus.append(topology.job_subject("mine"), encode_request(scene.request("yours")), only_first=True)
        state = await scene.ended("mine")
        assert await scene.bus.fetch_task("plan", 0.1) is None
    assert state.status is Status.REJECTED


async def test_a_request_that_can_not_be_read_is_rejected_once(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.bus.append(topology.job_subject("a"), b"\xff\xff", only_first=True)
        await asyncio.sleep(0.6)
        (entry,) = await scene.bus.read(topology.job_events_filter("a"))
    assert "can't be read" in str(decode_event(entry.payload, entry.sequence).fact)


async def test_a_task_that_no_worker_survives_ends_the_job(tmp_path) -> None:
    scene = Scene(tmp_path, ack_wait_s=0.1)
    async with scene.coordinator():
        await scene.submit("a")
        for _ in range(2):
            assert await scene.bus.fetch_task("plan", 5.0) is not None
        state = await scene.ended("a")
    assert (state.status, state.failure_kind) == (Status.FAILED, FailureKind.DEAD_LETTER)
    assert "given to workers 2 times and none finished it" in state.reason


async def test_a_failed_job_runs_again_when_retried(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.submit("a")
        await scene.bus.append(
            topology.event_subject("a", "plan", 0),
            encode_fact("a", TaskFailure(Stage.PLAN, 0, 0, 1, FailureKind.INPUT, permanent=True, reason="no video")),
        )
        assert (await scene.ended("a")).status is Status.FAILED
        await scene.tell("a", JobRetried(1))
        async with scene.worker():
            assert (await scene.ended("a")).status is Status.DONE


async def test_many_jobs_queue_a_bounded_number_of_segments_each_some(tmp_path) -> None:
    scene = Scene(tmp_path)
    jobs = [f"job-{number}" for number in range(60)]
    plan = TaskDone(Stage.PLAN, 0, 0, (), {"segments": 100}, ())
    async with scene.coordinator():
        for job in jobs:
            await scene.submit(job)
            await scene.bus.append(topology.event_subject(job, "plan", 0), encode_fact(job, plan))
        async with asyncio.timeout(20):
            while min([await scene.bus.count_tasks(job) for job in jobs]) <= 1:  # its plan task, and segments
                await asyncio.sleep(0.05)
        queued = Counter([delivery.subject.split(".")[3] for delivery in await taken(scene.bus, "detect")])
    assert queued.keys() == set(jobs)
    assert max(queued.values()) == QUEUED_PER_JOB
    assert sum(queued.values()) == sum(fair_window(number) for number in range(1, 61)) == 1646


async def taken(bus: MemoryBus, kind: str) -> list[Delivery]:
    found = []
    while (delivery := await bus.fetch_task(kind, 0)) is not None:
        found.append(delivery)
    return found


async def test_a_cancelled_job_leaves_no_task_behind(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.submit("a")
        await asyncio.sleep(0.1)
        await scene.tell("a", JobCancelled())
        assert (await scene.ended("a")).status is Status.CANCELLED
        await asyncio.sleep(0.1)
    subject = topology.task_subject("plan", "a", 0)
    request = scene.request("a")
    assert await scene.bus.publish_task(subject, encode_task(Task("a", Stage.PLAN, 0, 0, {}, ()))), "its subject is free"
    assert request.job_id == "a"


@pytest.mark.parametrize("noise", [b"", b"\xff\xff"])
async def test_an_event_that_can_not_be_read_stops_nothing(tmp_path, noise: bytes) -> None:
    scene = Scene(tmp_path)
    await scene.bus.append(topology.event_subject("a", "plan", 0), noise)
    async with scene.coordinator(), scene.worker():
        await scene.submit("b")
        assert (await scene.ended("b")).status is Status.DONE


class SlowToAnswer(MemoryBus):
    """Counts how many tasks are being queued at a time."""

    waiting = 0
    most_waiting = 0

    async def publish_task(self, subject: str, payload: bytes, headers: Headers | None = None) -> bool:
        self.waiting += 1
        self.most_waiting = max(self.most_waiting, self.waiting)
        await asyncio.sleep(0.02)
        self.waiting -= 1
        return await super().publish_task(subject, payload, headers)


async def test_jobs_do_not_wait_for_each_other_while_the_broker_is_slow(tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.bus = SlowToAnswer(ack_wait_s=5.0, max_deliver=2, max_in_flight=10_000)
    jobs = [f"job-{number}" for number in range(20)]
    for job in jobs:
        await scene.submit(job)
    async with scene.coordinator(), scene.worker():
        states = [await scene.ended(job) for job in jobs]
    assert {state.status for state in states} == {Status.DONE}
    assert scene.bus.most_waiting > 10


async def test_tasks_carry_their_jobs_trace_also_after_a_restart(tmp_path) -> None:
    scene = Scene(tmp_path)
    trace = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}
    payload = encode_request(scene.request("traced"))
    await scene.bus.append(topology.job_subject("traced"), payload, only_first=True, headers=trace | {"baggage": "left behind"})
    async with scene.coordinator():
        plan = await scene.bus.fetch_task(Stage.PLAN, 5)
    assert plan is not None
    assert plan.headers == trace
    await plan.nak(0)
    async with scene.worker():
        await asyncio.sleep(0.2)
    async with scene.coordinator():
        detect = await scene.bus.fetch_task(Stage.DETECT, 5)
    assert detect is not None
    assert detect.headers == trace


async def test_crops_of_segments_are_deleted_once_those_to_keep_are_picked(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator(), scene.worker():
        await scene.submit("a")
        assert (await scene.ended("a")).status is Status.DONE
        async with asyncio.timeout(20):
            while any("/crops." in info.key for info in scene.store.list("jobs/a/detect/")):
                await asyncio.sleep(0.02)
    assert {info.key.rpartition("/")[2] for info in scene.store.list("jobs/a/detect/0/")} >= {"detections", "thumbnails"}
