"""Cancelling, retrying and listing jobs, on a bus of this process."""

import pytest

from castlist import topology
from castlist.adapters.memory_bus import MemoryBus
from castlist.codec.job_messages import decode_event, encode_fact, encode_request
from castlist.domain.jobs import (
    Fact,
    FailureKind,
    JobCancelled,
    JobRejected,
    JobRequest,
    JobRetried,
    ObjectRef,
    Stage,
    TaskDone,
    TaskFailure,
)
from castlist.errors import UsageError
from cli.commands.cancel import cancel
from cli.commands.dead import failures_of
from cli.commands.jobs import summary
from cli.commands.retry import retry
from cli.watching import follow_job, read_job, read_jobs

PLANNED = TaskDone(Stage.PLAN, 0, 0, (), {"segments": 4}, ())
LETTER = TaskFailure(Stage.DETECT, 2, 0, 5, FailureKind.DEAD_LETTER, permanent=True, reason="none of 5 workers survived it")
RETRIED = JobRetried(1)
DONE = TaskDone(Stage.REPORT, 0, 0, (), {}, ())


async def bus_with(**jobs: list[Fact]) -> MemoryBus:
    bus = MemoryBus()
    for job_id, facts in jobs.items():
        request = JobRequest(job_id, ObjectRef(topology.source_key(job_id), 9, "cd" * 32), f"{job_id}.mp4")
        await bus.append(topology.job_subject(job_id), encode_request(request), only_first=True)
        for fact in facts:
            await bus.append(topology.event_subject(job_id, "job", 0), encode_fact(job_id, fact))
    return bus


async def facts_of(bus: MemoryBus, job_id: str) -> list[Fact]:
    return [decode_event(entry.payload, entry.sequence).fact for entry in await bus.read(topology.job_events_filter(job_id))]


async def test_a_running_job_is_cancelled_once() -> None:
    bus = await bus_with(film=[PLANNED])
    assert "job film is cancelled" in await cancel(bus, "film")
    assert await cancel(bus, "film") == "job film was cancelled before"
    assert await facts_of(bus, "film") == [PLANNED, JobCancelled()]


@pytest.mark.parametrize(("facts", "words"), [([DONE], "it is done"), ([LETTER], "it is failed"), ([JobRejected("no")], "it is rejected")])
async def test_what_has_ended_is_not_cancelled(facts: list[Fact], words: str) -> None:
    bus = await bus_with(film=facts)
    with pytest.raises(UsageError, match=f"has ended already, {words}"):
        await cancel(bus, "film")
    assert await facts_of(bus, "film") == facts


async def test_a_failed_job_is_retried_once() -> None:
    bus = await bus_with(film=[PLANNED, LETTER])
    assert "runs again from where it failed, attempt 2" in await retry(bus, "film")
    assert await retry(bus, "film") == "job film runs again already, attempt 2"
    assert await facts_of(bus, "film") == [PLANNED, LETTER, RETRIED]
    await bus.append(topology.event_subject("film", "detect", 2), encode_fact("film", TaskFailure(Stage.DETECT, 2, 1, 5, *LETTER_AGAIN)))
    assert "attempt 3" in await retry(bus, "film")


LETTER_AGAIN = (FailureKind.DEAD_LETTER, True, "again")


@pytest.mark.parametrize(
    ("facts", "words"),
    [
        ([DONE], "it is done"),
        ([PLANNED], "it has not failed, it runs"),
        ([LETTER, JobCancelled()], "it was cancelled, which is final"),
        ([JobRejected("no")], "its request was rejected"),
    ],
)
async def test_only_what_failed_is_retried(facts: list[Fact], words: str) -> None:
    bus = await bus_with(film=facts)
    with pytest.raises(UsageError, match=f"nothing to retry of job film: {words}"):
        await retry(bus, "film")
    assert await facts_of(bus, "film") == facts


@pytest.mark.parametrize("command", [cancel, retry])
async def test_an_unknown_job_is_told(command) -> None:
    with pytest.raises(UsageError, match="there is no job 'film' on this broker"):
        await command(MemoryBus(), "film")
    with pytest.raises(UsageError, match="is no job id"):
        await command(MemoryBus(), "My Film")


async def test_watching_ends_when_the_job_is_deleted_and_its_last_events_with_it(monkeypatch) -> None:
    monkeypatch.setattr("cli.watching._LOOK_S", 0.1)
    bus = await bus_with(film=[PLANNED])
    views = follow_job(bus, "film")
    assert [(await anext(views)).state.progress[Stage.PLAN].done for _ in range(2)] == [0, 1]
    await bus.purge_job("film")
    with pytest.raises(UsageError, match="is not on the broker any more: it was deleted"):
        await anext(views)


@pytest.mark.parametrize("few", [0, 20], ids=["in one pass", "one by one"])
async def test_jobs_are_listed_newest_first_with_how_far_they_are(few, monkeypatch) -> None:
    monkeypatch.setattr("cli.watching._FEW_JOBS", few)
    grouped = TaskDone(Stage.CAST, 0, 0, (), {"persons": 3}, ())
    bus = await bus_with(old=[PLANNED, TaskDone(Stage.DETECT, 1, 0, (), {}, ())], failed=[PLANNED, LETTER], new=[grouped, DONE])
    await bus.append(topology.job_subject("unreadable"), b"\xff\xff")
    jobs = await read_jobs(bus, summary)
    assert [(job["job"], job["status"], job["file_name"], job["persons"]) for job in jobs] == [
        ("unreadable", "waiting", "", None),
        ("new", "done", "new.mp4", 3),
        ("failed", "failed", "failed.mp4", None),
        ("old", "running", "old.mp4", None),
    ]
    assert (jobs[3]["stage"], jobs[3]["stage_done"], jobs[3]["stage_total"], jobs[3]["tasks_done"]) == ("detect", 1, 4, 2)
    assert all(0 <= job["age_s"] < 60 for job in jobs)
    assert [job["job"] for job in await read_jobs(bus, summary, newest=2)] == ["unreadable", "new"]


async def test_jobs_without_events_are_listed_too(monkeypatch) -> None:
    monkeypatch.setattr("cli.watching._FEW_JOBS", 0)
    bus = await bus_with(film=[])
    assert [job["status"] for job in await read_jobs(bus, summary)] == ["running"]


async def test_failures_that_ended_a_job_are_listed_and_no_others() -> None:
    bus = await bus_with(failed=[PLANNED, LETTER], mended=[PLANNED, LETTER, RETRIED], cancelled=[LETTER, JobCancelled()])
    found = [failure for failures in await read_jobs(bus, failures_of) for failure in failures]
    assert [{**failure, "when": ""} for failure in found] == [
        {
            "job": "failed",
            "stage": "detect",
            "index": 2,
            "deliveries": 5,
            "kind": "dead_letter",
            "reason": "none of 5 workers survived it",
            "when": "",
        }
    ]
    ((_, told_unix_s),) = (await read_job(bus, "failed")).fatal_failures
    (*_, letter) = await bus.read(topology.job_events_filter("failed"))
    assert told_unix_s == letter.unix_s
