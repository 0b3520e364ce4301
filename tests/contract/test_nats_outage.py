"""What only a broker can do: vanish, come back, lose its store."""

import asyncio
import gc
import logging
import shutil
import time
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from pathlib import Path
from typing import Any

import pytest

from castlist import topology
from castlist.adapters import nats_log
from castlist.adapters.nats_bus import NatsBus
from castlist.adapters.nats_connection import Mailbox
from castlist.errors import DependencyUnavailable, LogRestarted, UsageError
from castlist.ports import LogEntry
from tests.contract.message_bus_contract import BRIEFLY_S, SOON_S, detect, fetch, job, take
from tests.contract.nats_access import connected, delete_streams, make_topology, own_server
from tests.servers import HOST, NatsServer, free_port, nats_server

__all__ = ["job", "own_server"]

LONG_S = 60.0
"""Longer than starting a server anew may take."""


@asynccontextmanager
async def hanging_up(port: int) -> AsyncIterator[asyncio.Queue[None]]:
    """What listens where a broker should, and ends every connection; its visits."""
    visits: asyncio.Queue[None] = asyncio.Queue()

    def end(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()
        visits.put_nowait(None)

    async with await asyncio.start_server(end, HOST, port):
        yield visits


@asynccontextmanager
async def following(bus: NatsBus, subject_filter: str) -> AsyncIterator[AsyncIterator[LogEntry]]:
    """Entries of a log, read one at a time: what was read is known, however busy the machine."""
    follower = bus.follow(subject_filter)
    async with asyncio.timeout(LONG_S), aclosing(follower):  # type: ignore[type-var]
        yield follower


async def take_steps(count: int) -> None:
    """Let the event loop go round."""
    for _ in range(count):
        await asyncio.sleep(0)


class TestOutage:
    async def test_no_server_is_told_in_time(self) -> None:
        started = time.monotonic()
        with pytest.raises(DependencyUnavailable, match="no broker answers at 127"):
            await NatsBus.connect(f"nats://someone:secret@127.0.0.1:{free_port()}", timeout_s=1)
        assert time.monotonic() - started < 2

    @pytest.mark.parametrize("url", ["nats://", "nats://host:port", ""])
    async def test_a_malformed_address_is_told(self, url: str) -> None:
        with pytest.raises(UsageError, match="broker address"):
            await NatsBus.connect(url)

    async def test_a_server_that_starts_late_is_waited_for(self, tmp_path: Path) -> None:
        port = free_port()
        connecting = asyncio.create_task(NatsBus.connect(f"nats://127.0.0.1:{port}", timeout_s=10))
        await asyncio.sleep(BRIEFLY_S)
        with nats_server(tmp_path, port):
            await (await connecting).close()

    async def test_a_client_that_gave_up_is_replaced(self, own_server: NatsServer, job: str) -> None:
        await make_topology(own_server.url)
        async with connected(own_server.url) as bus:
            await bus.append(topology.event_subject(job, "plan", 0), b"before")
            following = asyncio.create_task(take(2, bus, topology.job_events_filter(job)))
            await asyncio.sleep(BRIEFLY_S)
            await bus._connection._client.close()
            await bus.append(topology.event_subject(job, "plan", 1), b"after")
            assert [entry.payload for entry in await following] == [b"before", b"after"]

    async def test_a_service_answers_again_after_a_restart_and_by_a_new_client(self, own_server: NatsServer) -> None:
        await make_topology(own_server.url)
        async with connected(own_server.url) as bus, connected(own_server.url) as asker, bus.answering(lambda: b"here"):
            own_server.stop()
            own_server.start()
            await self.patiently(bus)
            await self.patiently(asker)
            assert await asker.ask_services(BRIEFLY_S) == [b"here"]
            await bus._connection._client.close()
            await self.patiently(bus)
            assert await asker.ask_services(BRIEFLY_S) == [b"here"]

    async def test_closing_ends_all_attempts_to_reconnect(self, own_server: NatsServer) -> None:
        """Whenever it happens: at the moment of an attempt, cancelling it once is not enough."""
        buses = [await NatsBus.connect(own_server.url) for _ in range(40)]
        own_server.kill()

        async def close_after(bus: NatsBus, seconds: float) -> None:
            await asyncio.sleep(seconds)
            await bus.close()

        await asyncio.gather(*(close_after(bus, 0.48 + 0.001 * number) for number, bus in enumerate(buses)))
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_giving_up_on_a_server_ends_all_attempts_to_connect(self) -> None:
        url = f"nats://127.0.0.1:{free_port()}"
        timeouts_s = [0.48 + 0.001 * number for number in range(40)]
        answers = await asyncio.wait_for(
            asyncio.gather(*(NatsBus.connect(url, timeout_s=limit_s) for limit_s in timeouts_s), return_exceptions=True), SOON_S
        )
        assert {type(answer) for answer in answers} == {DependencyUnavailable}
        assert asyncio.all_tasks() == {asyncio.current_task()}

    async def test_closing_while_the_server_vanishes_is_no_cancellation(self, own_server: NatsServer) -> None:
        """nats-py waits for a future then that it has cancelled itself: at the fourth step of the event loop or so."""
        buses = [await NatsBus.connect(own_server.url) for _ in range(10)]
        own_server.kill()

        async def close_after(bus: NatsBus, steps: int) -> None:
            await take_steps(steps)
            await bus.close()

        await asyncio.gather(*(close_after(bus, number) for number, bus in enumerate(buses)))

    async def test_attempts_to_reconnect_that_fail_leave_nothing_open(self, own_server: NatsServer) -> None:
        """What listens may be no broker yet."""
        async with connected(own_server.url) as bus:
            own_server.stop()
            async with hanging_up(own_server.port) as visits:
                for _ in range(2):
                    await asyncio.wait_for(visits.get(), SOON_S)
            own_server.start()
            await self.patiently(bus, topology_exists=False)
        gc.collect()  # whose warnings would fail this test

    async def test_attempts_to_connect_that_are_given_up_leave_nothing_open(self) -> None:
        """Whenever it happens: at the fourteenth step of the event loop or so, nats-py is about to close what failed."""
        port = free_port()
        async with hanging_up(port):
            for steps in range(30):
                connecting = asyncio.create_task(NatsBus.connect(f"nats://{HOST}:{port}"))
                await take_steps(steps)
                connecting.cancel()
                await asyncio.wait({connecting})
                assert connecting.cancelled()
        gc.collect()  # whose warnings would fail this test

    async def test_a_lost_server_is_told_promptly(self, own_server: NatsServer, job: str) -> None:
        await make_topology(own_server.url)
        async with connected(own_server.url, timeout_s=1) as bus:
            await bus.publish_task(detect(job), b"")
            delivery = await fetch(bus)
            waiting = asyncio.create_task(bus.fetch_task("embed", SOON_S))
            await asyncio.sleep(BRIEFLY_S)
            own_server.kill()
            killed = time.monotonic()
            with pytest.raises(DependencyUnavailable):
                await waiting
            assert time.monotonic() - killed < 1
            started = time.monotonic()
            answers = await asyncio.gather(
                delivery.in_progress(),
                delivery.ack(),
                delivery.nak(0),
                bus.fetch_task("detect", 1),
                bus.fetch_dead_task(1),
                bus.publish_task(detect(job, 1), b""),
                bus.append(topology.job_subject(job), b""),
                bus.read(topology.JOBS_FILTER),
                bus.purge_job(job),
                return_exceptions=True,
            )
            assert [type(answer) for answer in answers] == [DependencyUnavailable] * 9
            assert all("no broker answers" in str(answer) for answer in answers)
            assert time.monotonic() - started < 2

    async def test_work_goes_on_after_ten_seconds_without_a_server(self, own_server: NatsServer, job: str) -> None:
        await make_topology(own_server.url, ack_wait_s=30)
        subject = topology.event_subject(job, "detect", 0)
        async with connected(own_server.url) as bus, connected(own_server.url) as writer:
            following = asyncio.create_task(self.follow_until_end(bus, job))
            for number in range(150):
                await writer.append(subject, str(number).encode())
            await writer.publish_task(detect(job, 0), b"in hand")
            await writer.publish_task(detect(job, 1), b"waits")
            held = await fetch(bus)

            own_server.stop()
            await asyncio.sleep(10)
            with pytest.raises(DependencyUnavailable):
                await bus.fetch_task("detect", BRIEFLY_S)
            own_server.start()
            back = time.monotonic()

            assert (await self.fetch_patiently(bus)).payload == b"waits"
            await held.ack()
            assert await writer.publish_task(detect(job, 0), b"acknowledged, so accepted again")
            for number in range(150, 300):
                await writer.append(subject, str(number).encode())
            await writer.append(subject, b"end")
            numbers = await asyncio.wait_for(following, 10)
            assert numbers == list(range(300))
            assert time.monotonic() - back < 10

    async def test_following_survives_a_crash(self, own_server: NatsServer, job: str) -> None:
        await make_topology(own_server.url)
        subject = topology.event_subject(job, "detect", 0)
        async with connected(own_server.url) as bus, connected(own_server.url) as writer:
            following = asyncio.create_task(self.follow_until_end(bus, job))
            for start in (0, 50, 100):
                for number in range(start, start + 50):
                    await writer.append(subject, str(number).encode())
                own_server.kill()
                own_server.start()
                await self.patiently(writer)
            await writer.append(subject, b"end")
            assert await asyncio.wait_for(following, 10) == list(range(150))

    @pytest.mark.parametrize("lost", [b"7", b"19"])
    async def test_a_delivery_that_is_lost_on_the_way_is_read_again(
        self, own_server: NatsServer, job: str, monkeypatch: pytest.MonkeyPatch, lost: bytes
    ) -> None:
        await make_topology(own_server.url)
        receive, losses = Mailbox.receive, []

        async def receive_most(box: Mailbox, message: Any) -> None:
            if message.data == lost and len(losses) < 1:
                losses.append(message)
            else:
                await receive(box, message)

        monkeypatch.setattr(Mailbox, "receive", receive_most)
        monkeypatch.setattr(nats_log, "LONGEST_PULL_S", BRIEFLY_S)  # after which a missing last entry is noticed
        async with connected(own_server.url) as bus:
            for number in range(20):
                await bus.append(topology.event_subject(job, "detect", 0), str(number).encode())
            everything = [str(number).encode() for number in range(20)]
            assert [entry.payload for entry in await bus.read(topology.job_events_filter(job))] == everything
            assert len(losses) == 1
            losses.clear()
            follower = bus.follow(topology.job_events_filter(job))
            async with asyncio.timeout(SOON_S), aclosing(follower):  # type: ignore[type-var]
                assert [(await anext(follower)).payload for _ in range(20)] == everything
            assert len(losses) == 1

    @pytest.mark.parametrize("takes_the_number", ["", "-other"])
    async def test_a_log_made_anew_is_told_to_its_followers(self, own_server: NatsServer, job: str, takes_the_number: str) -> None:
        await make_topology(own_server.url)
        subject = topology.event_subject(job, "detect", 0)
        async with connected(own_server.url) as bus, following(bus, topology.job_events_filter(job)) as follower:
            await bus.append(subject, b"old")
            assert (await anext(follower)).payload == b"old"
            await delete_streams(own_server.url, topology.EVENTS_STREAM)
            await make_topology(own_server.url)
            await bus.append(topology.event_subject(f"{job}{takes_the_number}", "detect", 0), b"new")
            await bus.append(subject, b"new, with the number that comes next")
            with pytest.raises(LogRestarted):
                await anext(follower)

    @pytest.mark.parametrize("took_its_place", [[], [b"takes the lost number"], [b"takes the lost number", b"comes next"]])
    async def test_a_log_that_lost_its_end_is_told_to_its_followers(
        self, own_server: NatsServer, job: str, tmp_path: Path, took_its_place: list[bytes]
    ) -> None:
        """As after a power cut: the store is an older copy, and other entries took the lost numbers, or none has yet."""
        await make_topology(own_server.url)
        subject = topology.event_subject(job, "detect", 0)
        store, copy = tmp_path / "nats" / "store", tmp_path / "copy"
        async with connected(own_server.url) as bus:
            await bus.append(subject, b"kept")
            own_server.stop()
            shutil.copytree(store, copy)
            own_server.start()
            await self.patiently(bus)
            async with following(bus, topology.EVENTS_FILTER) as follower:
                await bus.append(subject, b"lost")
                assert [(await anext(follower)).payload for _ in range(2)] == [b"kept", b"lost"]
                own_server.kill()
                shutil.rmtree(store)
                shutil.move(copy, store)
                own_server.start()
                async with connected(own_server.url) as writer:
                    for payload in took_its_place:
                        await writer.append(subject, payload)
                with pytest.raises(LogRestarted):
                    await anext(follower)

    async def test_outages_are_logged_once(self, own_server: NatsServer, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.INFO, "castlist.nats"):
            async with connected(own_server.url) as bus:
                own_server.kill()
                await asyncio.sleep(1.5)
                own_server.start()
                await self.patiently(bus, topology_exists=False)
        messages = [record.getMessage() for record in caplog.records]
        assert len([message for message in messages if "lost the broker" in message]) == 1
        assert len([message for message in messages if "is back" in message]) == 1

    @staticmethod
    async def follow_until_end(bus: NatsBus, job: str) -> list[int]:
        numbers = []
        async for entry in bus.follow(topology.job_events_filter(job)):
            if entry.payload == b"end":
                break
            numbers.append(int(entry.payload))
        return numbers

    @staticmethod
    async def fetch_patiently(bus: NatsBus):
        while True:
            with suppress(DependencyUnavailable):
                return await fetch(bus)

    @staticmethod
    async def patiently(bus: NatsBus, *, topology_exists: bool = True) -> None:
        """Wait until the bus is back."""
        connection = bus._connection
        await connection.ready(10)
        while topology_exists:
            with suppress(DependencyUnavailable):
                await bus.count(topology.EVENTS_FILTER)
                return
