"""Edits on the way into a job's log, on the in-process bus and a folder."""

import asyncio
from argparse import Namespace
from functools import partial

import pytest

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.codec.job_messages import encode_fact
from castlist.domain.anchors import PersonAnchor
from castlist.domain.edits import Rename, Undo
from castlist.domain.jobs import JobCancelled, Stage
from castlist.errors import UsageError
from cli import edit_log
from cli.commands.cancel import cancel
from cli.commands.history import history
from cli.edit_log import announce_edit, edit_job
from cli.edit_requests import asked_for
from cli.watching import read_job
from services.coordinator.algorithms.decide import Status
from tests.fixtures.finished_job import JOB, FinishedJob


@pytest.fixture
def store(tmp_path) -> DirectoryStore:
    return DirectoryStore(tmp_path)


async def edit(job: FinishedJob, command: str, expected: int | None = None, **options: object) -> tuple[str, int]:
    defaults = {"back": False, "none": False, "tracklets": None}
    return await edit_job(job.bus, job.store, JOB, partial(asked_for, Namespace(**{"command": command, **defaults, **options})), expected)


async def test_each_edit_is_a_revision(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    assert await edit(job, "merge", persons=["1", "p3"]) == ("persons 1 and 3 are person 1 now", 1)
    assert (await read_job(job.bus, JOB)).state.status is Status.RUNNING
    await job.compute()
    assert await edit(job, "undo") == ("taken back: merge persons 1 and 3", 2)
    await job.compute()
    assert await edit(job, "redo") == ("done again: merge persons 1 and 3", 3)
    await job.compute()
    assert [(line["number"], line["edit"], line["state"]) for line in await history(job.bus, store, JOB)] == [
        (1, "merge persons 1 and 3", "stands"),
        (2, "undo of 1: merge persons 1 and 3", ""),
        (3, "redo of 1: merge persons 1 and 3", ""),
    ]


async def test_an_edit_waits_for_the_one_before_to_be_compared_and_no_longer(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    await edit(job, "rename", person="1", name="Anna")
    waiting = asyncio.create_task(edit(job, "undo"))
    await asyncio.sleep(0.1)
    assert not waiting.done()
    await job.compare([Rename(PersonAnchor(1, ()), "Anna")])
    assert await waiting == ("taken back: call person 1 Anna", 2)


async def test_the_automatic_merge_is_undone_last_and_once(store) -> None:
    job = await FinishedJob(MemoryBus(), store, automatic=[((1,), (3,))]).done()
    assert (await edit(job, "undo"))[0] == "taken back: the automatic merge"
    await job.compute()
    with pytest.raises(UsageError, match="there is nothing to undo"):
        await edit(job, "undo")
    assert (await edit(job, "redo"))[0] == "done again: the automatic merge"
    await job.compute()
    assert [line["edit"] for line in await history(job.bus, store, JOB)] == ["undo: the automatic merge", "redo: the automatic merge"]


async def test_redo_after_a_new_edit_is_refused(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    for command, options in (("rename", {"person": "1", "name": "Anna"}), ("undo", {}), ("rename", {"person": "1", "name": "Bea"})):
        await edit(job, command, **options)
        await job.compute()
    with pytest.raises(UsageError, match="nothing to redo: something was edited since the last undo"):
        await edit(job, "redo")
    assert [line["state"] for line in await history(job.bus, store, JOB)] == ["undone", "", "stands"]


async def test_who_looked_at_another_revision_is_told_to_look_again(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    await edit(job, "rename", person="1", name="Anna", expected=0)
    with pytest.raises(UsageError, match="look again: job film was edited meanwhile, its revision is now 1; nothing was changed"):
        await edit(job, "rename", person="1", name="Bea", expected=0)


async def test_of_two_who_want_one_number_the_log_takes_the_first(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    anna, bea = (Rename(PersonAnchor(1, ()), name) for name in ("Anna", "Bea"))
    await announce_edit(job.bus, store, JOB, 1, anna)
    with pytest.raises(UsageError, match="its revision is now 1"):
        await announce_edit(job.bus, store, JOB, 1, bea)
    await announce_edit(job.bus, store, JOB, 1, anna)
    kept, refused = sorted(store.list(topology.edits_prefix(JOB)), key=lambda info: -info.length)
    assert (kept.key, refused.length) == ((await read_job(job.bus, JOB)).edits[0].key, 0)


async def test_a_revision_that_fails_can_be_undone_and_nothing_else(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    await edit(job, "rename", person="1", name="Anna")
    await job.fail(1)
    assert (await read_job(job.bus, JOB)).state.status is Status.FAILED
    with pytest.raises(UsageError, match=r"revision 1 failed \(out of luck\): `castlist undo` takes it back"):
        await edit(job, "rename", person="2", name="Bea")
    assert await edit(job, "undo") == ("taken back: call person 1 Anna", 2)
    assert (await read_job(job.bus, JOB)).state.status is Status.RUNNING
    await job.compute()
    assert (await read_job(job.bus, JOB)).state.status is Status.DONE


async def test_a_job_whose_next_revision_is_made_is_not_cancelled_but_undone(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    await edit(job, "rename", person="1", name="Anna")
    with pytest.raises(UsageError, match="job film is done and makes revision 1: `castlist undo film` takes the edit back"):
        await cancel(job.bus, JOB)


async def test_jobs_that_are_not_done_can_not_be_edited(store) -> None:
    job = FinishedJob(MemoryBus(), store)
    with pytest.raises(UsageError, match="there is no job 'film'"):
        await edit(job, "undo")
    await job.announce()
    with pytest.raises(UsageError, match="it is not done; `castlist watch` waits"):
        await edit(job, "undo")
    await job.analyse()
    await job.compute()
    await job.bus.append(topology.event_subject(JOB, "job", 0), encode_fact(JOB, JobCancelled()))
    with pytest.raises(UsageError, match="it was cancelled"):
        await edit(job, "undo")


async def test_jobs_that_end_before_anybody_is_compared_can_not_be_edited(store) -> None:
    job = FinishedJob(MemoryBus(), store)
    await job.announce(until=Stage.GROUP)
    await job.analyse()
    with pytest.raises(UsageError, match="nobody is compared, as it ends with group"):
        await edit(job, "undo")


async def test_a_deleted_job_takes_no_edits(store) -> None:
    job = await FinishedJob(MemoryBus(), store).done()
    store.put(topology.tombstone_key(JOB), b"")
    with pytest.raises(UsageError, match="job film was deleted"):
        await edit(job, "rename", person="1", name="Anna")
    assert list(store.list(topology.edits_prefix(JOB))) == []


async def test_a_job_has_so_many_edits_at_most(store, monkeypatch) -> None:
    monkeypatch.setattr(edit_log, "MOST_EDITS", 1)
    job = await FinishedJob(MemoryBus(), store).done()
    await announce_edit(job.bus, store, JOB, 1, Undo())
    with pytest.raises(UsageError, match="job film has 1 edits, as many as a job can have"):
        await edit(job, "redo")
