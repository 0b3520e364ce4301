"""The contract on a real nats-server, what it refuses, and the streams it must have."""

import shutil
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from castlist import topology
from castlist.adapters.nats_bus import NatsBus, NatsCredentials, create_topology
from castlist.adapters.nats_users import format_users
from castlist.errors import AccessDenied, DependencyUnavailable, UsageError
from castlist.rights import PRINCIPALS
from tests.conftest import REPOSITORY
from tests.contract.message_bus_contract import SOON_S, MessageBusContract, detect, fetch, job, take
from tests.contract.nats_access import ACK_WAIT_S, administrator, connected, delete_streams, make_topology, own_server
from tests.servers import NatsServer, NatsUser, nats_server

__all__ = ["job", "own_server"]


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with nats_server(tmp_path_factory.mktemp("nats")) as running:
        yield running


@pytest.fixture(scope="module")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    """A server with an administrator, and a worker that may append events and no more."""
    users = [NatsUser("admin", "open-sesame"), NatsUser("worker", "knock-knock", publish=["castlist.event.>"])]
    with nats_server(tmp_path_factory.mktemp("guarded"), users=users) as running:
        yield running


class TestNatsBus(MessageBusContract):
    ack_wait_s = ACK_WAIT_S

    @pytest.fixture
    async def bus(self, server: NatsServer) -> AsyncIterator[NatsBus]:
        await delete_streams(server.url, topology.JOBS_STREAM, topology.TASKS_STREAM, topology.EVENTS_STREAM, topology.DEAD_STREAM)
        await make_topology(server.url)
        async with connected(server.url) as bus:
            yield bus


class TestAccess:
    async def test_right_credentials_are_let_in(self, guarded: NatsServer, job: str) -> None:
        admin = NatsCredentials("admin", "open-sesame")
        await create_topology(guarded.url, credentials=admin)
        async with connected(guarded.url, credentials=admin) as bus:
            assert await bus.publish_task(detect(job), b"")

    async def test_credentials_may_be_part_of_the_address(self, guarded: NatsServer, job: str) -> None:
        url = guarded.url.replace("//", "//admin:open-sesame@")
        await create_topology(url)
        async with connected(url) as bus:
            assert await bus.publish_task(detect(job), b"")

    @pytest.mark.parametrize("credentials", [NatsCredentials("admin", "wrong"), NatsCredentials(token="wrong"), NatsCredentials()])
    async def test_wrong_credentials_are_told_at_once(self, guarded: NatsServer, credentials: NatsCredentials) -> None:
        started = time.monotonic()
        with pytest.raises(AccessDenied, match="refused the credentials") as raised:
            await NatsBus.connect(guarded.url, credentials=credentials)
        assert time.monotonic() - started < 2
        assert "wrong" not in str(raised.value)

    async def test_a_forbidden_subject_is_told_at_once(self, guarded: NatsServer, job: str) -> None:
        await create_topology(guarded.url, credentials=NatsCredentials("admin", "open-sesame"))
        started = time.monotonic()
        async with connected(guarded.url, credentials=NatsCredentials("worker", "knock-knock")) as bus:
            await bus.append(topology.event_subject(job, "plan", 0), b"allowed")
            with pytest.raises(AccessDenied, match=rf"publish to {detect(job)}"):
                await bus.publish_task(detect(job), b"")
            with pytest.raises(AccessDenied, match=r"CONSUMER\.MSG\.NEXT"):
                await bus.fetch_task("detect", SOON_S)
            with pytest.raises(AccessDenied, match=r"STREAM\.INFO"):
                await bus.read(topology.job_events_filter(job))
        assert time.monotonic() - started < 2

    def test_the_configuration_for_containers_is_valid(self, tmp_path: Path) -> None:
        config = shutil.copy(REPOSITORY / "deploy" / "nats" / "nats.conf", tmp_path)
        (tmp_path / "secrets").mkdir()
        (tmp_path / "secrets" / "users.conf").write_text(format_users(dict.fromkeys(PRINCIPALS, "password")))
        program = Path(sys.executable).parent / "nats-server"
        checked = subprocess.run([program, "-t", "-c", config], capture_output=True, text=True, check=False)
        assert checked.returncode == 0, checked.stderr

    def test_secrets_are_not_shown(self) -> None:
        assert "open-sesame" not in repr(NatsCredentials("admin", "open-sesame", "open-sesame"))


class TestTopology:
    async def test_making_it_again_changes_limits_and_keeps_tasks(self, own_server: NatsServer, job: str) -> None:
        await make_topology(own_server.url)
        async with connected(own_server.url) as bus:
            await bus.publish_task(detect(job), b"kept")
            await make_topology(own_server.url, max_deliver=1)
            await make_topology(own_server.url, max_deliver=1)
            assert (await fetch(bus)).payload == b"kept"
            dead = await bus.fetch_dead_task(SOON_S)
            assert dead is not None
            assert dead.delivery_count == 1

    async def test_a_foreign_stream_of_that_name_is_told(self, own_server: NatsServer) -> None:
        async with administrator(own_server.url) as connection:
            await connection.api("STREAM.CREATE.TASKS", {"name": "TASKS", "subjects": ["other.>"], "retention": "limits"})
        with pytest.raises(UsageError, match="stream TASKS exists"):
            await make_topology(own_server.url)

    async def test_without_it_nothing_can_be_had(self, own_server: NatsServer, job: str) -> None:
        async with connected(own_server.url) as bus:
            for call in (
                bus.publish_task(detect(job), b""),
                bus.fetch_task("detect", SOON_S),
                bus.append(topology.job_subject(job), b""),
                bus.read(topology.EVENTS_FILTER),
                bus.count(topology.EVENTS_FILTER),
            ):
                with pytest.raises(DependencyUnavailable):
                    await call

    async def test_a_full_queue_is_no_refused_subject(self, own_server: NatsServer, job: str) -> None:
        await make_topology(own_server.url)
        async with administrator(own_server.url) as connection:
            config = (await connection.api("STREAM.INFO.TASKS"))["config"]
            await connection.api("STREAM.UPDATE.TASKS", config | {"max_msgs": 1})
        async with connected(own_server.url) as bus:
            assert await bus.publish_task(detect(job, 0), b"")
            assert not await bus.publish_task(detect(job, 0), b"")
            with pytest.raises(DependencyUnavailable, match="maximum messages"):
                await bus.publish_task(detect(job, 1), b"")

    async def test_readers_leave_no_consumers_behind(self, own_server: NatsServer, job: str) -> None:
        await make_topology(own_server.url)
        async with connected(own_server.url) as bus:
            await bus.append(topology.event_subject(job, "plan", 0), b"")
            for _ in range(3):
                await bus.read(topology.EVENTS_FILTER)
                await take(1, bus, topology.EVENTS_FILTER)
            async with administrator(own_server.url) as connection:
                state = (await connection.api("STREAM.INFO.EVENTS"))["state"]
                assert state["consumer_count"] == 0
