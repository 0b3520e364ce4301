"""Deleted and aged jobs on the in-process bus: nothing stays, nothing comes back, nothing else goes."""

import asyncio

from castlist import topology
from castlist.codec.job_messages import encode_fact, encode_request
from castlist.domain.jobs import JobCancelled, Stage, TaskDone
from castlist.ports import MessageBus, ObjectStore
from services.coordinator.algorithms.decide import Status
from services.coordinator.deletion import Deletions, Lifetimes
from services.coordinator.service import Coordinator
from tests.fixtures.coordinated_jobs import Scene, running

SOON_S = 10.0
BRIEF = Lifetimes(tombstone_s=1.0)


async def remains(scene: Scene, job_id: str) -> list[str]:
    """Everything that is there of a job, tombstone included."""
    entries = await scene.bus.read(topology.job_subject(job_id)) + await scene.bus.read(topology.job_events_filter(job_id))
    keys = [info.key for info in scene.store.list("") if job_id in info.key.split("/")]
    return [entry.subject for entry in entries] + ["a task"] * await scene.bus.count_tasks(job_id) + keys


async def gone(scene: Scene, job_id: str, but: tuple[str, ...] = ()) -> None:
    async with asyncio.timeout(SOON_S):
        while await remains(scene, job_id) != list(but):
            await asyncio.sleep(0.02)


async def delete(scene: Scene, job_id: str) -> None:
    """As the command does it."""
    scene.store.put(topology.tombstone_key(job_id), b"")
    await scene.tell(job_id, JobCancelled())


async def test_a_running_job_goes_at_once_and_its_tombstone_later(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with running(Coordinator(scene.bus, scene.store, 60.0, lifetimes=BRIEF).run):
        await scene.submit("a")
        await scene.submit("b")
        await asyncio.sleep(0.1)
        await delete(scene, "a")
        await gone(scene, "a", but=("tombstones/a",))  # long before the next sweep
    async with running(Coordinator(scene.bus, scene.store, 0.1, lifetimes=BRIEF).run), scene.worker():
        await gone(scene, "a")
        assert (await scene.ended("b")).status is Status.DONE


async def test_what_comes_late_goes_too_and_keeps_the_tombstone_standing(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with running(Coordinator(scene.bus, scene.store, 0.1, lifetimes=Lifetimes(tombstone_s=3.0)).run):
        await scene.submit("a")
        await delete(scene, "a")
        await gone(scene, "a", but=("tombstones/a",))
        for _ in range(2):
            await asyncio.sleep(0.3)
            scene.store.put("jobs/a/detect/0/late/crops", b"late")
            await scene.tell("a", TaskDone(Stage.PLAN, 0, 0, (), {"segments": 3}, ()))
            assert topology.tombstone_key("a") in await remains(scene, "a")
        await gone(scene, "a")


async def test_a_deletion_that_only_the_store_knows_of_is_carried_out_by_two_coordinators(tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.store.put(topology.request_key("a"), encode_request(scene.request("a")))
    scene.store.put(topology.tombstone_key("a"), b"")
    async with (
        running(Coordinator(scene.bus, scene.store, 0.1, lifetimes=BRIEF).run),
        running(Coordinator(scene.bus, scene.store, 0.1, lifetimes=BRIEF).run),
    ):
        await gone(scene, "a")
        await asyncio.sleep(0.5)
        assert await remains(scene, "a") == []


async def test_an_id_can_be_used_again_when_its_tombstone_is_gone(tmp_path) -> None:
    scene = Scene(tmp_path)
    lifetimes = Lifetimes(tombstone_s=0.2)
    async with running(Coordinator(scene.bus, scene.store, 0.1, lifetimes=lifetimes).run), scene.coordinator(), scene.worker():
        for _ in range(2):
            await scene.submit("a")
            assert (await scene.ended("a")).status is Status.DONE
            await delete(scene, "a")
            await gone(scene, "a")


async def test_a_broker_that_lost_all_gets_no_deleted_job_back(tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.store.put(topology.request_key("a"), encode_request(scene.request("a")))
    scene.store.put(topology.tombstone_key("a"), b"")
    async with running(Coordinator(scene.bus, NeverDeletes(scene.store), 0.1, lifetimes=BRIEF).run):
        await asyncio.sleep(0.5)
    assert await scene.bus.read(topology.JOBS_FILTER) == []


class NeverDeletes:
    """A store that is slow to delete: in this test it has not begun."""

    def __init__(self, store: ObjectStore) -> None:
        self._store = store

    def __getattr__(self, name: str) -> object:
        return getattr(self._store, name)

    def delete_prefix(self, prefix: str) -> int:
        return 0


async def test_ended_jobs_and_leftovers_are_deleted_for_their_age_and_nothing_else(tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.store.put("jobs/orphan/source", b"a submission that was given up")
    await scene.bus.append(topology.event_subject("ghost", "plan", 0), encode_fact("ghost", TaskDone(Stage.PLAN, 0, 0, (), {}, ())))
    young = Lifetimes(retention_s=1000.0)
    async with running(Coordinator(scene.bus, scene.store, 0.1, lifetimes=young).run):
        async with scene.worker():
            await scene.submit("ended")
            assert (await scene.ended("ended")).status is Status.DONE
        await scene.submit("runs")
        await asyncio.sleep(0.5)
    for job_id in ("ended", "orphan", "ghost", "runs"):
        assert await remains(scene, job_id) != []
    async with running(Coordinator(scene.bus, scene.store, 0.1, lifetimes=Lifetimes(retention_s=0.4, tombstone_s=0.2)).run):
        for job_id in ("ended", "orphan", "ghost"):
            await gone(scene, job_id)
        await asyncio.sleep(0.5)
        assert (await scene.state("runs")).status is Status.RUNNING


async def test_nothing_is_deleted_that_has_no_tombstone(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator():
        await scene.submit("a")
        await scene.tell("a", JobCancelled())
        await asyncio.sleep(0.4)
        assert (await scene.state("a")).status is Status.CANCELLED
    assert scene.store.stat(topology.source_key("a")) is not None


async def test_a_tombstone_is_let_go_when_nothing_was_found_for_its_time(tmp_path) -> None:
    scene, now_s, forgotten = Scene(tmp_path), 100.0, []
    bus: MessageBus = scene.bus
    deletions = Deletions(bus, scene.store, hold_s=60.0, clock=lambda: now_s)

    async def forget(job_id: str) -> None:
        forgotten.append(job_id)

    await deletions.carry_out("a", forget)
    assert forgotten == []
    await deletions.ask_for("a")
    scene.store.put("jobs/a/source", b"film")
    steps = [(100.0, True), (105.0, True), (159.0, True), (160.0, False)]
    for now_s, stands in steps:  # noqa: B007 (the clock reads it)
        await deletions.carry_out("a", forget)
        assert (await deletions.standing() == ["a"]) is stands
    assert forgotten == ["a"] * 4
    assert list(scene.store.list("")) == []
