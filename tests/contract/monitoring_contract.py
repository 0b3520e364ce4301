"""What every message bus must say of itself. A subclass provides `ack_wait_s`, and `bus`, made with it."""

import asyncio
import time

from castlist import topology
from castlist.ports import MessageBus, QueueState
from tests.contract.queue_contract import BRIEFLY_S, MAX_DELIVER, SOON_S, detect, fetch


async def detect_queue(bus: MessageBus) -> QueueState:
    return {state.kind: state for state in await bus.queue_states()}["detect"]


class MonitoringContract:
    ack_wait_s: float

    async def test_a_queue_tells_what_waits_and_what_is_in_hand(self, bus: MessageBus, job: str) -> None:
        assert [state.kind for state in await bus.queue_states()] == list(topology.TASK_KINDS)
        assert await detect_queue(bus) == QueueState("detect", 0, 0, 0, 0, None)
        for index in range(3):
            await bus.publish_task(detect(job, index), b"")
        await bus.publish_task(topology.task_subject("plan", job, 0), b"")
        delivery = await fetch(bus)
        found = await detect_queue(bus)
        assert (found.waiting, found.in_hand, found.redelivered, found.dead) == (2, 1, 0, 0)
        assert found.oldest_unix_s is not None
        assert abs(found.oldest_unix_s - time.time()) < 60
        assert await bus.count_tasks(job) == 4
        assert await bus.count_tasks(f"{job}-other") == 0
        await delivery.nak(0)
        delivery = await fetch(bus)
        found = await detect_queue(bus)
        assert (found.waiting, found.in_hand, found.redelivered) == (2, 1, 1)
        await delivery.ack()
        assert (await detect_queue(bus)).in_hand == 0

    async def test_a_dead_task_is_counted_until_it_is_taken_out(self, bus: MessageBus, job: str) -> None:
        await bus.publish_task(detect(job), b"")
        for _ in range(MAX_DELIVER):
            await (await fetch(bus)).nak(0)
        assert await bus.fetch_task("detect", BRIEFLY_S) is None
        assert ((await detect_queue(bus)).dead, await bus.count_tasks(job)) == (1, 1)
        assert await bus.fetch_dead_task(SOON_S) is not None
        assert ((await detect_queue(bus)).dead, await bus.count_tasks(job)) == (0, 0)

    async def test_streams_tell_how_much_they_hold(self, bus: MessageBus, job: str) -> None:
        before = {state.name: state for state in await bus.stream_states()}
        assert tuple(before) == topology.STREAMS
        await bus.append(topology.event_subject(job, "plan", 0), bytes(1000))
        await bus.publish_task(detect(job), b"do it")
        after = {state.name: state for state in await bus.stream_states()}
        assert {name: after[name].messages - before[name].messages for name in after} == {"JOBS": 0, "TASKS": 1, "EVENTS": 1, "DEAD": 0}
        assert after["EVENTS"].bytes - before["EVENTS"].bytes >= 1000

    async def test_services_answer_while_they_are_there(self, bus: MessageBus) -> None:
        assert await bus.ask_services(BRIEFLY_S) == []
        sayings = [b"busy", b"idle"]
        async with bus.answering(sayings.pop):
            assert await bus.ask_services(BRIEFLY_S) == [b"idle"]
            assert await bus.ask_services(BRIEFLY_S) == [b"busy"]
        await asyncio.sleep(BRIEFLY_S)
        assert await bus.ask_services(BRIEFLY_S) == []
