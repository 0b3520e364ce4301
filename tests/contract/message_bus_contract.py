"""What every message bus must do. A subclass provides `ack_wait_s` and the `bus` fixture, made with it and the limits below."""

import asyncio
import time
from uuid import uuid4

import pytest

from castlist import topology
from castlist.errors import AlreadyExists, DependencyUnavailable, LogRestarted, UsageError
from castlist.ports import Delivery, LogEntry, MessageBus

MAX_DELIVER = 3
MAX_IN_FLIGHT = 4

SOON_S = 4.0
"""Long enough for anything that must come, on a busy machine."""

BRIEFLY_S = 0.3
"""Long enough to see that something does not come."""


@pytest.fixture
def job() -> str:
    return f"job-{uuid4().hex[:12]}"


def detect(job: str, index: int = 0) -> str:
    return topology.task_subject("detect", job, index)


async def fetch(bus: MessageBus, kind: str = "detect") -> Delivery:
    delivery = await bus.fetch_task(kind, SOON_S)
    assert delivery is not None
    return delivery


async def take(entries: int, bus: MessageBus, subject_filter: str, from_sequence: int = 1) -> list[LogEntry]:
    found: list[LogEntry] = []
    follower = bus.follow(subject_filter, from_sequence)
    try:
        async with asyncio.timeout(SOON_S):
            async for entry in follower:
                found.append(entry)
                if len(found) == entries:
                    break
    finally:
        await follower.aclose()  # type: ignore[attr-defined]
    return found


class QueueContract:
    ack_wait_s: float
    """Of the bus under test: long enough not to pass by accident on a busy machine."""

    async def test_a_task_is_delivered_once_and_gone_after_its_ack(self, bus: MessageBus, job: str) -> None:
        assert await bus.publish_task(detect(job), b"what to do")
        delivery = await fetch(bus)
        assert (delivery.subject, delivery.payload, delivery.delivery_count) == (detect(job), b"what to do", 1)
        await delivery.ack()
        assert await bus.fetch_task("detect", self.ack_wait_s + BRIEFLY_S) is None

    async def test_a_subject_admits_one_task_until_it_is_acknowledged(self, bus: MessageBus, job: str) -> None:
        assert await bus.publish_task(detect(job), b"first")
        assert not await bus.publish_task(detect(job), b"refused while queued")
        delivery = await fetch(bus)
        assert not await bus.publish_task(detect(job), b"refused while in hand")
        await delivery.nak(self.ack_wait_s)
        assert not await bus.publish_task(detect(job), b"refused while handed back")
        delivery = await fetch(bus)
        assert delivery.payload == b"first"
        await delivery.ack()
        assert await bus.publish_task(detect(job), b"accepted after the ack")
        assert (await fetch(bus)).payload == b"accepted after the ack"

    async def test_tasks_of_a_kind_come_oldest_first(self, bus: MessageBus, job: str) -> None:
        for index in (2, 0, 1):
            await bus.publish_task(detect(job, index), b"")
            await bus.publish_task(topology.task_subject("embed", job, index), b"")
        for kind in ("embed", "detect"):
            got = [(await fetch(bus, kind)).subject for _ in range(3)]
            assert got == [topology.task_subject(kind, job, index) for index in (2, 0, 1)]

    async def test_a_waiting_fetch_gets_what_is_published_meanwhile(self, bus: MessageBus, job: str) -> None:
        waiting = asyncio.create_task(bus.fetch_task("detect", SOON_S))
        await asyncio.sleep(BRIEFLY_S)
        published = time.monotonic()
        await bus.publish_task(detect(job), b"late")
        delivery = await waiting
        assert delivery is not None
        assert delivery.payload == b"late"
        assert time.monotonic() - published < SOON_S / 2

    async def test_a_fetch_gives_up_in_time(self, bus: MessageBus) -> None:
        started = time.monotonic()
        assert await bus.fetch_task("detect", 0) is None
        assert await bus.fetch_task("detect", BRIEFLY_S) is None
        assert BRIEFLY_S <= time.monotonic() - started < BRIEFLY_S + 2

    async def test_waiting_fetches_share_the_tasks(self, bus: MessageBus, job: str) -> None:
        fetches = [asyncio.create_task(bus.fetch_task("detect", SOON_S)) for _ in range(3)]
        await asyncio.sleep(BRIEFLY_S)
        for index in range(3):
            await bus.publish_task(detect(job, index), b"")
        deliveries = await asyncio.gather(*fetches)
        assert sorted(delivery.subject for delivery in deliveries if delivery) == [detect(job, index) for index in range(3)]

    async def test_a_cancelled_fetch_loses_no_task(self, bus: MessageBus, job: str) -> None:
        """Cancelled before, while and after the task is on its way."""
        for index in range(40):
            waiting = asyncio.create_task(bus.fetch_task("detect", SOON_S))
            await asyncio.sleep(0.005)
            publishing = asyncio.create_task(bus.publish_task(detect(job, index), b""))
            await asyncio.sleep(index * 0.0002)
            waiting.cancel()
            (delivery,) = await asyncio.gather(waiting, return_exceptions=True)
            assert await publishing
            started = time.monotonic()
            if isinstance(delivery, asyncio.CancelledError):
                delivery = await fetch(bus)
            assert delivery is not None
            await delivery.ack()
            assert time.monotonic() - started < self.ack_wait_s * 0.9, "the task came back only after the ack wait"

    async def test_a_task_comes_back_after_the_ack_wait(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job), b"do it")
        await fetch(bus)
        started = time.monotonic()
        again = await fetch(bus)
        assert (again.payload, again.delivery_count) == (b"do it", 2)
        assert time.monotonic() - started > self.ack_wait_s * 0.8

    async def test_a_heartbeat_keeps_the_task(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job), b"")
        delivery = await fetch(bus)
        for _ in range(10):
            await delivery.in_progress()
            assert await bus.fetch_task("detect", self.ack_wait_s / 5) is None
        await delivery.ack()
        assert await bus.publish_task(detect(job), b"")

    async def test_a_late_ack_finishes_the_task_and_a_second_one_is_no_error(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job), b"")
        first, second = await fetch(bus), await fetch(bus)
        assert second.delivery_count == 2
        await first.ack()
        await second.ack()
        await first.ack()
        assert await bus.fetch_task("detect", self.ack_wait_s + BRIEFLY_S) is None
        assert await bus.publish_task(detect(job), b"")

    async def test_a_task_handed_back_waits_for_its_delay(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job), b"")
        await (await fetch(bus)).nak(0)
        delivery = await bus.fetch_task("detect", self.ack_wait_s / 2)
        assert delivery is not None
        assert delivery.delivery_count == 2
        await delivery.nak(2 * self.ack_wait_s)
        assert await bus.fetch_task("detect", 1.5 * self.ack_wait_s) is None
        assert (await fetch(bus)).delivery_count == 3

    async def test_the_number_of_unfinished_deliveries_of_a_kind_is_bounded(self, bus: MessageBus, job: str) -> None:
        for index in range(MAX_IN_FLIGHT + 1):
            await bus.publish_task(detect(job, index), b"")
        held = [await fetch(bus) for _ in range(MAX_IN_FLIGHT)]
        assert await bus.fetch_task("detect", BRIEFLY_S) is None
        await bus.publish_task(topology.task_subject("plan", job, 0), b"")
        assert await bus.fetch_task("plan", SOON_S) is not None
        await held[0].ack()
        assert (await fetch(bus)).subject == detect(job, MAX_IN_FLIGHT)

    async def test_a_task_dies_after_its_last_delivery_and_blocks_its_subject_until_it_is_taken_out(
        self, bus: MessageBus, job: str
    ) -> None:
        await bus.publish_task(detect(job), b"poison")
        assert await bus.fetch_dead_task(BRIEFLY_S) is None
        for number in range(MAX_DELIVER):
            assert (await fetch(bus)).delivery_count == number + 1
        assert await bus.fetch_task("detect", self.ack_wait_s + BRIEFLY_S) is None
        assert not await bus.publish_task(detect(job), b"refused")
        dead = await bus.fetch_dead_task(SOON_S)
        assert dead is not None
        assert (dead.subject, dead.payload, dead.delivery_count) == (detect(job), b"poison", MAX_DELIVER)
        assert await bus.fetch_dead_task(BRIEFLY_S) is None
        assert await bus.publish_task(detect(job), b"cured")
        assert (await fetch(bus)).payload == b"cured"

    async def test_a_task_handed_back_at_its_last_delivery_dies(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job), b"")
        for _ in range(MAX_DELIVER):
            await (await fetch(bus)).nak(0)
        assert await bus.fetch_task("detect", BRIEFLY_S) is None
        assert not await bus.publish_task(detect(job), b"")
        dead = await bus.fetch_dead_task(SOON_S)
        assert dead is not None
        assert dead.subject == detect(job)
        assert await bus.publish_task(detect(job), b"")

    async def test_discarding_a_jobs_tasks_leaves_other_jobs_and_what_is_in_hand_ends_quietly(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job, 0), b"")
        await bus.publish_task(detect(job, 1), b"")
        await bus.publish_task(detect(f"{job}-other"), b"other")
        held = await fetch(bus)
        await bus.append(topology.event_subject(job, "plan", 0), b"stays")
        await bus.discard_tasks(job)
        assert (await fetch(bus)).payload == b"other"
        await held.in_progress()
        await held.nak(0)
        await held.ack()
        assert await bus.fetch_task("detect", BRIEFLY_S) is None
        assert await bus.publish_task(detect(job, 0), b"")
        assert len(await bus.read(topology.job_events_filter(job))) == 1

    async def test_tasks_that_nobody_would_take_are_refused(self, bus: MessageBus) -> None:
        with pytest.raises(ValueError, match="no worker reads"):
            await bus.publish_task("castlist.task.dance.job.0", b"")
        with pytest.raises(ValueError, match="no worker reads"):
            await bus.publish_task("castlist.event.job.detect.0", b"")
        with pytest.raises(ValueError, match="dance"):
            await bus.fetch_task("dance", 0)


class LogContract:
    async def test_events_of_a_job_are_replayed_in_order(self, bus: MessageBus, job: str) -> None:
        before = await bus.last_sequence(topology.EVENTS_STREAM)
        for index in range(3):
            await bus.append(topology.event_subject(job, "detect", index), f"event {index}".encode())
            await bus.append(topology.event_subject(f"{job}-other", "detect", index), b"other")
        entries = await bus.read(topology.job_events_filter(job))
        assert [entry.payload for entry in entries] == [b"event 0", b"event 1", b"event 2"]
        assert [entry.subject for entry in entries] == [topology.event_subject(job, "detect", index) for index in range(3)]
        assert [entry.sequence - before for entry in entries] == [1, 3, 5]
        assert [entry.pending for entry in entries] == [2, 1, 0]
        assert await bus.last_sequence(topology.EVENTS_STREAM) == before + 6
        assert await bus.read(topology.job_events_filter(f"{job}-none")) == []

    async def test_append_returns_the_sequence_of_the_entry(self, bus: MessageBus, job: str) -> None:
        sequences = [await bus.append(topology.event_subject(job, "plan", 0), b"again and again") for _ in range(3)]
        assert [entry.sequence for entry in await bus.read(topology.job_events_filter(job))] == sequences

    async def test_following_replays_and_goes_on(self, bus: MessageBus, job: str) -> None:
        subject = topology.event_subject(job, "detect", 0)

        async def append_all() -> None:
            for number in range(250):
                await bus.append(subject, str(number).encode())

        appending = asyncio.create_task(append_all())
        entries = await take(250, bus, topology.job_events_filter(job))
        await appending
        assert [entry.payload for entry in entries] == [str(number).encode() for number in range(250)]
        assert entries[-1].pending == 0

    async def test_following_tells_how_many_entries_wait(self, bus: MessageBus, job: str) -> None:
        for index in range(3):
            await bus.append(topology.event_subject(job, "detect", index), b"")
        assert [entry.pending for entry in await take(3, bus, topology.job_events_filter(job))] == [2, 1, 0]

    async def test_following_from_a_sequence_skips_what_came_before(self, bus: MessageBus, job: str) -> None:
        sequences = [await bus.append(topology.event_subject(job, "detect", index), b"") for index in range(4)]
        entries = await take(2, bus, topology.job_events_filter(job), sequences[2])
        assert [entry.sequence for entry in entries] == sequences[2:]

    async def test_following_the_whole_log_sees_every_job(self, bus: MessageBus, job: str) -> None:
        start = await bus.last_sequence(topology.EVENTS_STREAM) + 1
        for name in (job, f"{job}-other"):
            await bus.append(topology.event_subject(name, "detect", 0), b"")
        entries = await take(2, bus, topology.EVENTS_FILTER, start)
        assert [topology.job_of_subject(entry.subject) for entry in entries] == [job, f"{job}-other"]

    async def test_following_from_beyond_the_end_is_refused(self, bus: MessageBus, job: str) -> None:
        last = await bus.append(topology.event_subject(job, "detect", 0), b"")
        with pytest.raises(LogRestarted):
            await take(1, bus, topology.EVENTS_FILTER, last + 2)

    async def test_only_the_first_message_on_a_subject_is_admitted(self, bus: MessageBus, job: str) -> None:
        await bus.append(topology.job_subject(job), b"request", only_first=True)
        with pytest.raises(AlreadyExists):
            await bus.append(topology.job_subject(job), b"the same id again", only_first=True)
        assert [entry.payload for entry in await bus.read(topology.job_subject(job))] == [b"request"]
        await bus.append(topology.job_subject(f"{job}-other"), b"request", only_first=True)

    async def test_purging_a_job_removes_all_of_it_and_nothing_else(self, bus: MessageBus, job: str) -> None:
        other = f"{job}-other"
        for name in (job, other):
            await bus.append(topology.job_subject(name), b"", only_first=True)
            await bus.append(topology.event_subject(name, "plan", 0), b"")
            await bus.publish_task(detect(name), b"")
        last = await bus.last_sequence(topology.EVENTS_STREAM)
        await bus.purge_job(job)
        assert await bus.read(topology.job_subject(job)) == []
        assert await bus.read(topology.job_events_filter(job)) == []
        assert len(await bus.read(topology.job_subject(other))) == 1
        assert len(await bus.read(topology.job_events_filter(other))) == 1
        assert (await fetch(bus)).subject == detect(other)
        assert await bus.fetch_task("detect", BRIEFLY_S) is None
        assert await bus.last_sequence(topology.EVENTS_STREAM) == last
        await bus.append(topology.job_subject(job), b"", only_first=True)

    async def test_a_message_that_is_too_long_is_refused(self, bus: MessageBus, job: str) -> None:
        await bus.append(topology.event_subject(job, "plan", 0), bytes(1 << 20))
        with pytest.raises(UsageError, match="store an object"):
            await bus.append(topology.event_subject(job, "plan", 0), bytes((1 << 20) + 1))

    async def test_a_task_is_no_log(self, bus: MessageBus, job: str) -> None:
        with pytest.raises(ValueError, match="belongs to no log"):
            await bus.append(detect(job), b"")

    async def test_closing_ends_followers_and_refuses_everything_else(self, bus: MessageBus, job: str) -> None:
        await bus.append(topology.event_subject(job, "plan", 0), b"")
        follower = asyncio.create_task(take(2, bus, topology.job_events_filter(job)))
        fetching = asyncio.create_task(bus.fetch_task("detect", SOON_S))
        await asyncio.sleep(BRIEFLY_S)
        await bus.close()
        assert len(await follower) == 1
        with pytest.raises(DependencyUnavailable):
            await fetching
        for call in (bus.publish_task(detect(job), b""), bus.fetch_task("detect", 0), bus.read(topology.EVENTS_FILTER)):
            with pytest.raises(DependencyUnavailable, match="closed"):
                await call
        await bus.close()


class MessageBusContract(QueueContract, LogContract):
    """All of it."""
