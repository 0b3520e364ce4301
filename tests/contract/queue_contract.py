"""What the task queue of every message bus must do. A subclass provides `ack_wait_s`, and `bus`, made with it and the limits below."""

import asyncio
import time
from uuid import uuid4

import pytest

from castlist import topology
from castlist.ports import Delivery, MessageBus

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


class QueueContract:
    ack_wait_s: float
    """Of the bus under test: long enough not to pass by accident on a busy machine."""

    async def test_a_task_is_delivered_once_and_gone_after_its_ack(self, bus: MessageBus, job: str) -> None:
        assert await bus.publish_task(detect(job), b"what to do")
        delivery = await fetch(bus)
        assert (delivery.subject, delivery.payload, delivery.delivery_count) == (detect(job), b"what to do", 1)
        await delivery.ack()
        assert await bus.fetch_task("detect", self.ack_wait_s + BRIEFLY_S) is None

    async def test_what_travels_beside_a_task_comes_with_every_delivery(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job), b"task", {"traceparent": "00-ab-cd-01"})
        delivery = await fetch(bus)
        assert (delivery.payload, dict(delivery.headers)) == (b"task", {"traceparent": "00-ab-cd-01"})
        await delivery.nak(0)
        again = await fetch(bus)
        assert (again.delivery_count, dict(again.headers)) == (2, {"traceparent": "00-ab-cd-01"})
        await again.ack()
        await bus.publish_task(detect(job), b"another", {})
        assert dict((await fetch(bus)).headers) == {}

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
