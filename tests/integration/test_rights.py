"""What each principal can't do, on a real nats-server and a real S3 server with users. That it can do its work: `tests/end_to_end`."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager

import pytest

from castlist import topology
from castlist.adapters.minio_store import MinioStore
from castlist.adapters.nats_bus import NatsBus
from castlist.adapters.nats_connection import NatsConnection
from castlist.domain.jobs import Stage
from castlist.errors import AccessDenied
from castlist.rights import PRINCIPALS, STAGES_OF
from cli.main import main
from tests.guarded_servers import GuardedServers, guarded_servers

JOB = "a-job"
STREAMS = ("JOBS", "TASKS", "EVENTS", "DEAD")
LIMITED = [name for name in PRINCIPALS if name != "setup"]


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedServers]:
    """Set up, with a task queued for each stage, an event of each, and an object of each."""
    with pytest.MonkeyPatch.context() as patch, guarded_servers(tmp_path_factory.mktemp("guarded")) as servers:
        for name, value in servers.addresses().items():
            patch.setenv(name, value)
        assert main(["setup", "--secrets", str(servers.secrets)]) == 0
        assert main(["setup", "--secrets", str(servers.secrets)]) == 0, "again"
        asyncio.run(fill_broker(servers))
        store = servers.store("setup")
        for key in object_keys():
            store.put(key, b"content")
        yield servers


async def fill_broker(servers: GuardedServers) -> None:
    async with connected(servers, "setup") as connection:
        for stage in Stage:
            await connection.ask(topology.task_subject(stage, JOB, 0), b"task")
            await connection.ask(topology.event_subject(JOB, stage, 0), b"event")


def object_keys() -> dict[str, str]:
    """Key of an object, and to which stage it belongs."""
    stages = {topology.stage_prefix(JOB, stage) + "0/manifest-x": str(stage) for stage in Stage}
    others = {topology.source_key(JOB): "source", topology.request_key(JOB): "request", topology.tombstone_key(JOB): "tombstone"}
    return stages | others | {topology.edit_key(JOB, 1, "ab" * 32): "edit"}


@asynccontextmanager
async def connected(servers: GuardedServers, principal: str) -> AsyncIterator[NatsConnection]:
    connection = NatsConnection(servers.nats.url, servers.nats_credentials(principal), principal, timeout_s=3)
    try:
        yield connection
    finally:
        await connection.close()


def forbidden_to_all() -> list[str]:
    """Calls that only an administrator may make."""
    api = "$JS.API."
    of_streams = [f"{api}STREAM.{verb}.{stream}" for verb in ("DELETE", "CREATE", "UPDATE", "SNAPSHOT") for stream in STREAMS]
    of_messages = [f"{api}STREAM.MSG.GET.JOBS", f"{api}STREAM.MSG.DELETE.EVENTS", f"{api}DIRECT.GET.EVENTS"]
    of_consumers = [f"{api}CONSUMER.DELETE.TASKS.castlist-{stage}" for stage in Stage]
    filtered = [f"{api}CONSUMER.CREATE.TASKS.mine.castlist.task.{stage}.>" for stage in Stage]
    listings = [f"{api}STREAM.LIST", f"{api}STREAM.NAMES", f"{api}CONSUMER.LIST.TASKS", f"{api}CONSUMER.NAMES.TASKS"]
    unfiltered = [f"{api}CONSUMER.CREATE.EVENTS.mine", f"{api}CONSUMER.CREATE.TASKS", f"{api}CONSUMER.DURABLE.CREATE.EVENTS.mine"]
    return [*of_streams, *of_messages, *of_consumers, *filtered, *listings, *unfiltered, "$SYS.REQ.SERVER.PING"]


def forbidden_to_services(service: str) -> list[str]:
    """Calls that a service has no business with."""
    api = "$JS.API."
    others = [stage for stage in Stage if stage not in STAGES_OF[service]]
    return [
        *(topology.event_subject(JOB, stage, 0) for stage in (*others, "job")),
        *(topology.task_subject(stage, JOB, 1) for stage in Stage),
        topology.job_subject(JOB),
        *(f"{api}CONSUMER.MSG.NEXT.TASKS.castlist-{stage}" for stage in others),
        *(f"$JS.ACK.TASKS.castlist-{stage}.1.1.1.1.0" for stage in others),
        f"{api}CONSUMER.MSG.NEXT.DEAD.castlist-dead",
        *(f"{api}STREAM.PURGE.{stream}" for stream in STREAMS),
        *(f"{api}STREAM.INFO.{stream}" for stream in STREAMS),
        f"{api}STREAM.MSG.GET.TASKS",
        f"{api}STREAM.MSG.DELETE.TASKS",
        f"{api}CONSUMER.CREATE.EVENTS.mine.castlist.event.>",
        "castlist.workers",
        "_INBOX_client.x.1",
        "_INBOX_coordinator.x.1",
    ]


def forbidden_to_client() -> list[str]:
    api = "$JS.API."
    return [
        *(topology.event_subject(JOB, stage, 0) for stage in Stage),
        *(topology.task_subject(stage, JOB, 1) for stage in Stage),
        *(f"{api}CONSUMER.MSG.NEXT.TASKS.castlist-{stage}" for stage in Stage),
        *(f"{api}STREAM.PURGE.{stream}" for stream in STREAMS),
        f"{api}STREAM.MSG.DELETE.TASKS",
        "_INBOX_reid.x.1",
    ]


def forbidden(principal: str) -> list[str]:
    if principal in STAGES_OF:
        return forbidden_to_all() + forbidden_to_services(principal)
    return forbidden_to_all() + (forbidden_to_client() if principal == "client" else [])


async def state(servers: GuardedServers) -> list[object]:
    async with connected(servers, "setup") as connection:
        infos = [await connection.api(f"STREAM.INFO.{stream}") for stream in STREAMS]
        return [(info["state"]["messages"], info["state"]["consumer_count"], info["config"]) for info in infos]


@pytest.mark.parametrize("principal", LIMITED)
async def test_what_one_has_no_right_to_is_refused_at_once_and_changes_nothing(servers: GuardedServers, principal: str) -> None:
    before = await state(servers)
    async with connected(servers, principal) as connection:
        for subject in forbidden(principal):
            with pytest.raises(AccessDenied, match="does not let this user publish"):
                await connection.request(subject, b"{}")
    assert await state(servers) == before


@pytest.mark.parametrize("principal", LIMITED)
async def test_nobody_hears_what_is_for_others(servers: GuardedServers, principal: str) -> None:
    others = [f"_INBOX_{name}.>" for name in PRINCIPALS if name != principal]
    for subject in (*others, "_INBOX.>", ">", "castlist.>", topology.EVENTS_FILTER, topology.TASKS_FILTER, "$JS.>", "$SYS.>"):
        assert await refusal_of_subscription(servers, principal, subject), subject


async def refusal_of_subscription(servers: GuardedServers, principal: str, subject: str) -> bool:
    async with connected(servers, principal) as connection:
        client = await connection.ready()
        await client.subscribe(subject, cb=ignore)
        for _ in range(2):  # as the first may overtake the subscription
            await client.flush()
        return isinstance(connection._trouble, AccessDenied)


async def ignore(_: object) -> None:
    pass


@pytest.mark.parametrize("service", STAGES_OF)
async def test_a_service_takes_finishes_and_announces_its_own_tasks(servers: GuardedServers, service: str) -> None:
    bus = await NatsBus.connect(servers.nats.url, credentials=servers.nats_credentials(service))
    for stage in STAGES_OF[service]:
        delivery = await bus.fetch_task(stage, 1.0)
        assert delivery is not None
        await delivery.in_progress()
        assert await bus.append(topology.event_subject(JOB, stage, 0), b"event") > 0
        await delivery.nak(0)
        with pytest.raises(AccessDenied):
            await bus.discard_tasks(JOB)
    await bus.close()


@pytest.mark.parametrize("service", ["coordinator", *STAGES_OF])
async def test_a_service_answers_who_asks_for_workers(servers: GuardedServers, service: str) -> None:
    async with connected(servers, service) as worker, connected(servers, "client") as asking:
        client = await worker.ready()

        async def answer(message: object) -> None:
            await client.publish(message.reply, json.dumps({"service": service}).encode())  # type: ignore[attr-defined]

        await client.subscribe(topology.WORKERS_SUBJECT, cb=answer)
        await client.flush()
        assert json.loads((await asking.request(topology.WORKERS_SUBJECT)).data) == {"service": service}


READS = {
    "coordinator": {*Stage, "source", "request", "edit", "tombstone"},
    "client": {*Stage, "source", "request", "edit", "tombstone"},
    "fetcher": {"fetch", "tombstone"},
    "detector": {"source", "fetch", "plan", "detect", "tombstone"},
    "tracker": {"plan", "detect", "track", "tombstone"},
    "grouper": {"plan", "detect", "track", "pick", "embed", "group", "compare", "cast", "tombstone"},
    "reid": {"plan", "pick", "embed", "group", "compare", "edit", "tombstone"},
    "reporter": {"source", "fetch", "plan", "group", "compare", "cast", "report", "tombstone"},
}
WRITES = {
    "coordinator": {"tombstone"},
    "client": {"source", "request", "edit", "tombstone"},
    "fetcher": {"fetch"},
    "detector": {"plan", "detect"},
    "tracker": {"track"},
    "grouper": {"pick", "group", "cast"},
    "reid": {"embed", "compare"},
    "reporter": {"report"},
}


def allowed(call: Callable[[str], object]) -> set[str]:
    """The kinds of objects with which a call is not refused."""
    found = set()
    for key, kind in object_keys().items():
        try:
            call(key)
        except AccessDenied:
            continue
        found.add(kind)
    return found


@pytest.fixture
def store(servers: GuardedServers, principal: str) -> Iterator[MinioStore]:
    store = servers.store(principal)
    yield store
    store.close()


@pytest.mark.parametrize("principal", LIMITED)
def test_objects_are_read_written_and_deleted_by_those_who_must(store: MinioStore, principal: str) -> None:
    assert allowed(store.get) == READS[principal]
    assert allowed(lambda key: store.put(key, b"content")) == WRITES[principal]
    if principal != "coordinator":
        assert allowed(store.delete) == set()


@pytest.mark.parametrize("principal", LIMITED)
def test_an_object_that_is_not_there_is_missed_and_not_refused(store: MinioStore, principal: str) -> None:
    kind = next(stage for stage in Stage if stage in READS[principal])
    assert store.stat(topology.stage_prefix("other-job", kind) + "0/manifest-x") is None


@pytest.mark.parametrize("principal", LIMITED)
def test_other_buckets_and_users_are_out_of_reach(servers: GuardedServers, principal: str) -> None:
    servers.store("setup", "another").ensure_bucket()
    other = servers.store(principal, "another")
    for call in (lambda: other.put("jobs/a/plan/0/x", b""), lambda: list(other.list("")), lambda: list(other.list_folders("jobs/"))):
        with pytest.raises(AccessDenied, match="'another'"):
            call()


def test_a_refusal_names_the_object(servers: GuardedServers) -> None:
    with pytest.raises(AccessDenied, match="refused access to object jobs/a-job/report/0/manifest-x in bucket 'castlist'"):
        servers.store("detector").get("jobs/a-job/report/0/manifest-x")


def test_a_secret_made_anew_replaces_the_old_one(
    servers: GuardedServers, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name, value in servers.addresses().items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("CASTLIST_S3_POLICIES", raising=False)
    before = servers.store("reporter")
    assert before.get(topology.source_key(JOB)) == b"content"
    servers.credentials_file("reporter").unlink()
    assert main(["secrets", str(servers.secrets)]) == 0
    assert main(["setup", "--secrets", str(servers.secrets)]) == 0
    assert (
        "users of the object store: coordinator, fetcher, detector, tracker, grouper, reid, reporter, client: ready"
        in capsys.readouterr().out
    )
    with pytest.raises(AccessDenied):
        before.get(topology.source_key(JOB))
    assert servers.store("reporter").get(topology.source_key(JOB)) == b"content"


def test_the_coordinator_deletes_a_job(servers: GuardedServers) -> None:
    root, coordinator = servers.store("setup"), servers.store("coordinator")
    root.put("jobs/over/report/0/x", b"content")
    root.put("jobs/over/source", b"content")
    coordinator.put("tombstones/over", b"")
    assert coordinator.delete_prefix("jobs/over/") == 2
    coordinator.delete("tombstones/over")
    assert list(root.list("jobs/over/")) == []
