"""What the logs of every message bus must do. A subclass provides `bus`."""

import asyncio
import time

import pytest

from castlist import topology
from castlist.errors import AlreadyExists, DependencyUnavailable, LogRestarted, UsageError
from castlist.ports import LogEntry, MessageBus
from tests.contract.queue_contract import BRIEFLY_S, SOON_S, detect, fetch


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


class LogContract:
    async def test_events_of_a_job_are_replayed_in_order(self, bus: MessageBus, job: str) -> None:
        before = await bus.append(topology.event_subject(f"{job}-other", "plan", 0), b"other")
        for index in range(3):
            await bus.append(topology.event_subject(job, "detect", index), f"event {index}".encode())
            await bus.append(topology.event_subject(f"{job}-other", "detect", index), b"other")
        entries = await bus.read(topology.job_events_filter(job))
        assert [entry.payload for entry in entries] == [b"event 0", b"event 1", b"event 2"]
        assert [entry.subject for entry in entries] == [topology.event_subject(job, "detect", index) for index in range(3)]
        assert [entry.sequence - before for entry in entries] == [1, 3, 5]
        assert [entry.pending for entry in entries] == [2, 1, 0]
        assert all(abs(entry.unix_s - time.time()) < 60 for entry in entries)
        assert await bus.read(topology.job_events_filter(f"{job}-none")) == []

    async def test_what_travels_beside_an_entry_is_replayed_with_it(self, bus: MessageBus, job: str) -> None:
        await bus.append(topology.job_subject(job), b"request", only_first=True, headers={"traceparent": "00-ab-cd-01"})
        await bus.append(topology.event_subject(job, "plan", 0), b"event")
        await bus.append(topology.event_subject(job, "plan", 0), bytes(1 << 20), headers={"traceparent": "00-ab-cd-01"})
        (request,) = await bus.read(topology.job_subject(job))
        (again,) = await take(1, bus, topology.job_subject(job))
        assert dict(request.headers) == dict(again.headers) == {"traceparent": "00-ab-cd-01"}
        plain, full = await bus.read(topology.job_events_filter(job))
        assert (dict(plain.headers), len(full.payload)) == ({}, 1 << 20)

    async def test_append_returns_the_sequence_of_the_entry(self, bus: MessageBus, job: str) -> None:
        sequences = [await bus.append(topology.event_subject(job, "plan", 0), b"again and again") for _ in range(3)]
        assert [entry.sequence for entry in await bus.read(topology.job_events_filter(job))] == sequences

    async def test_whether_one_may_append_is_asked_without_appending(self, bus: MessageBus, job: str) -> None:
        await bus.check_append(topology.event_subject(job, "plan", 0))
        assert await bus.read(topology.job_events_filter(job)) == []

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
        start, _ = [await bus.append(topology.event_subject(name, "detect", 0), b"") for name in (job, f"{job}-other")]
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

    async def test_of_many_who_want_one_number_at_once_one_is_admitted(self, bus: MessageBus, job: str) -> None:
        names = [b"editor %d" % number for number in range(8)]
        answers = await asyncio.gather(
            *(bus.append(topology.event_subject(job, "job", 1), name, only_first=True) for name in names), return_exceptions=True
        )
        (winner,) = (name for name, answer in zip(names, answers, strict=True) if isinstance(answer, int))
        assert sum(isinstance(answer, AlreadyExists) for answer in answers) == 7
        assert [entry.payload for entry in await bus.read(topology.job_level_filter(job))] == [winner]
        await bus.append(topology.event_subject(job, "job", 2), b"the next number", only_first=True)
        await bus.append(topology.event_subject(job, "plan", 0), b"of no level")
        assert len(await bus.read(topology.job_level_filter(job))) == 2

    async def test_purging_a_job_removes_all_of_it_and_nothing_else(self, bus: MessageBus, job: str) -> None:
        other = f"{job}-other"
        for name in (job, other):
            await bus.append(topology.job_subject(name), b"", only_first=True)
            await bus.append(topology.event_subject(name, "plan", 0), b"")
            await bus.publish_task(detect(name), b"")
        assert await bus.purge_job(job) == 3
        assert await bus.purge_job(job) == 0
        assert await bus.read(topology.job_subject(job)) == []
        assert await bus.read(topology.job_events_filter(job)) == []
        assert len(await bus.read(topology.job_subject(other))) == 1
        assert len(await bus.read(topology.job_events_filter(other))) == 1
        assert (await fetch(bus)).subject == detect(other)
        assert await bus.fetch_task("detect", BRIEFLY_S) is None
        assert await bus.count_tasks(job) == 0
        await bus.append(topology.job_subject(job), b"", only_first=True)

    async def test_entries_are_counted_by_filter_and_from_a_sequence_on(self, bus: MessageBus, job: str) -> None:
        for name in (job, f"{job}-other", job, job):
            last = await bus.append(topology.event_subject(name, "plan", 0), b"")
        mine = topology.job_events_filter(job)
        assert await bus.count(mine) == 3
        assert [await bus.count(topology.EVENTS_FILTER, last - back) for back in (0, 1, 3)] == [0, 1, 3]
        assert await bus.count(mine, last - 3) == 2
        assert await bus.count(topology.job_events_filter(f"{job}-none")) == 0
        await bus.purge_job(job)
        assert await bus.count(mine) == 0
        assert await bus.count(topology.EVENTS_FILTER, last - 1) == 0, "what was purged waits for nobody"

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
