"""What `castlist delete` does, says and refuses, with a coordinator in this process or none."""

import asyncio

import pytest

from castlist import topology
from castlist.errors import UsageError
from cli.commands.delete import Remains, delete, known_remains, wait_until_gone
from services.coordinator.deletion import Lifetimes
from services.coordinator.service import Coordinator
from tests.fixtures.coordinated_jobs import Scene, running


async def test_a_job_is_counted_deleted_and_gone(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with running(Coordinator(scene.bus, scene.store, 60.0, lifetimes=Lifetimes(tombstone_s=60.0)).run):
        await scene.submit("film")
        while not await scene.bus.count_tasks("film"):
            await asyncio.sleep(0.01)
        before = await delete(scene.bus, scene.store, "film")
        assert before == Remains(objects=1, bytes=4, events=0, tasks=1, requests=1)
        assert str(before) == "1 objects (4 B), 0 events, 1 queued tasks"
        assert not await wait_until_gone(scene.bus, scene.store, "film")
        assert not await known_remains(scene.bus, scene.store, "film"), "while its tombstone stands, it may be asked for again"
        assert not await delete(scene.bus, scene.store, "film")
        assert not await wait_until_gone(scene.bus, scene.store, "film")


async def test_without_a_coordinator_the_job_stays_marked(tmp_path) -> None:
    scene = Scene(tmp_path)
    await scene.submit("film")
    await delete(scene.bus, scene.store, "film")
    left = await wait_until_gone(scene.bus, scene.store, "film", patience_s=0.2)
    assert left == Remains(objects=1, bytes=4, events=1, tasks=0, requests=1)
    assert scene.store.stat(topology.tombstone_key("film")) is not None


async def test_a_job_that_only_the_store_knows_of_can_be_deleted(tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.request("film")
    assert await known_remains(scene.bus, scene.store, "film") == Remains(objects=1, bytes=4)


@pytest.mark.parametrize(("job", "words"), [("film", "there is no job 'film', neither on the broker nor"), ("My Film", "is no job id")])
async def test_what_does_not_exist_is_told_and_gets_no_tombstone(tmp_path, job: str, words: str) -> None:
    scene = Scene(tmp_path)
    with pytest.raises(UsageError, match=words):
        await delete(scene.bus, scene.store, job)
    assert list(scene.store.list("")) == []
