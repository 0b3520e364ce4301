import hashlib

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.codec.edits import encode_edit
from castlist.codec.job_messages import decode_event, encode_fact, encode_request
from castlist.domain.edits import Edit, Redo, Undo
from castlist.domain.jobs import ObjectRef, ResultEdited
from services.coordinator import restoring
from services.coordinator.algorithms.decide import Status
from services.coordinator.restoring import Restoring, restore_edits
from tests.fixtures.coordinated_jobs import Scene


def store_edit(store: DirectoryStore, job_id: str, number: int, edit: Edit) -> ObjectRef:
    data = encode_edit(edit)
    sha256 = hashlib.sha256(data).hexdigest()
    ref = ObjectRef(topology.edit_key(job_id, number, sha256), len(data), sha256)
    store.put(ref.key, data)
    return ref


async def announced(bus: MemoryBus, job_id: str) -> list[ResultEdited]:
    entries = await bus.read(topology.job_level_filter(job_id))
    return [fact for entry in entries if isinstance(fact := decode_event(entry.payload, entry.sequence).fact, ResultEdited)]


async def announce(bus: MemoryBus, job_id: str, number: int, ref: ObjectRef) -> None:
    await bus.append(topology.event_subject(job_id, "job", number), encode_fact(job_id, ResultEdited(number, ref)))


async def test_edits_that_only_the_store_remembers_are_announced_in_order(tmp_path) -> None:
    bus, store = MemoryBus(), DirectoryStore(tmp_path)
    refs = [store_edit(store, "a", number, Undo()) for number in range(1, 12)]
    assert await restore_edits(bus, store, "a") == set(range(1, 12))
    assert await announced(bus, "a") == [ResultEdited(number, ref) for number, ref in enumerate(refs, start=1)]
    await restore_edits(bus, store, "a")
    assert len(await announced(bus, "a")) == 11, "each once"


async def test_what_was_announced_stays_whatever_else_is_stored_under_its_number(tmp_path) -> None:
    bus, store = MemoryBus(), DirectoryStore(tmp_path)
    refs = sorted((store_edit(store, "a", 1, edit) for edit in (Undo(), Redo())), key=lambda ref: ref.key)
    await announce(bus, "a", 1, refs[1])
    second = store_edit(store, "a", 2, Undo())
    await restore_edits(bus, store, "a")
    assert await announced(bus, "a") == [ResultEdited(1, refs[1]), ResultEdited(2, second)]


async def test_refused_damaged_and_foreign_objects_are_no_edits(tmp_path) -> None:
    bus, store = MemoryBus(), DirectoryStore(tmp_path)
    refused, damaged = store_edit(store, "a", 1, Undo()), store_edit(store, "a", 1, Redo())
    store.put(refused.key, b"")
    store.put(damaged.key, b"no edit")
    store.put(topology.edits_prefix("a") + "1/notes.txt", b"what is this")
    store.put(topology.edits_prefix("a") + "last", b"what is this")
    assert await restore_edits(bus, store, "a") == frozenset()
    assert await announced(bus, "a") == []


async def test_edits_after_a_gap_wait(tmp_path) -> None:
    bus, store = MemoryBus(), DirectoryStore(tmp_path)
    store_edit(store, "a", 2, Undo())
    assert await restore_edits(bus, store, "a") == frozenset()


async def test_many_jobs_have_their_turns(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(restoring, "JOBS_A_SWEEP", 2)
    bus, store = MemoryBus(), DirectoryStore(tmp_path)
    jobs = ["a", "b", "c"]
    for job_id in jobs:
        store_edit(store, job_id, 1, Undo())
    sweeper = Restoring(bus, store)
    await sweeper.edits(jobs)
    assert [len(await announced(bus, job_id)) for job_id in jobs] == [1, 1, 0]
    await sweeper.edits(jobs)
    assert [len(await announced(bus, job_id)) for job_id in jobs] == [1, 1, 1]
    await sweeper.edits([])


async def test_the_sweep_computes_a_revision_whose_event_never_came(tmp_path) -> None:
    scene = Scene(tmp_path)
    async with scene.coordinator(), scene.worker():
        await scene.submit("a")
        assert (await scene.ended("a")).revision == 0
        store_edit(scene.store, "a", 1, Undo())
        state = await scene.at_revision("a", 1)
    assert (state.status, state.revision) == (Status.DONE, 1)


async def test_a_job_that_the_broker_forgot_comes_back_with_its_edits(tmp_path) -> None:
    scene = Scene(tmp_path)
    scene.store.put(topology.request_key("a"), encode_request(scene.request("a")))
    store_edit(scene.store, "a", 1, Undo())
    async with scene.coordinator(), scene.worker():
        assert (await scene.ended("a")).revision == 1, "never done without them"
