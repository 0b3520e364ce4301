"""Deleted jobs leave nothing, whatever is in hand of them: real processes, a real broker, a real store."""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from castlist import topology
from castlist.adapters.nats_bus import NatsBus
from tests.end_to_end.conftest import CLIP, Cluster, wait_for

pytestmark = pytest.mark.timeout(120)

BRIEF = {"CASTLIST_TOMBSTONE_S": "4", "CASTLIST_SWEEP_S": "1"}


def remains(cluster: Cluster, job: str) -> list[str]:
    """Everything that broker and store hold of a job, its tombstone included."""

    async def on_broker() -> list[str]:
        bus = await NatsBus.connect(cluster.servers.nats.url, credentials=cluster.servers.nats_credentials("client"))
        entries = await bus.read(topology.job_subject(job)) + await bus.read(topology.job_events_filter(job))
        tasks = await bus.count_tasks(job)
        await bus.close()
        return [entry.subject for entry in entries] + ["a task"] * tasks

    keys = [info.key for info in cluster.servers.store("setup").list("") if job in info.key.split("/")]
    return asyncio.run(on_broker()) + keys


def until(cluster: Cluster, job: str, expected: Callable[[list[str]], bool], timeout_s: float = 30) -> None:
    deadline = time.monotonic() + timeout_s
    while not expected(found := remains(cluster, job)):
        assert time.monotonic() < deadline, f"{found}\n{cluster.logs()}"
        time.sleep(0.1)


def deleted(cluster: Cluster, job: str) -> str:
    done = cluster.cli("delete", job, "--yes")
    assert done.returncode == 0, done.stderr + cluster.logs()
    assert remains(cluster, job) == [f"tombstones/{job}"]
    return done.stdout


@pytest.mark.parametrize("point", ["computed", "committed"])  # then it stores its objects; then it tells of its result
def test_a_worker_that_finishes_after_the_deletion_leaves_nothing(cluster: Cluster, point: str) -> None:
    job, marker = f"late-{point}", cluster.folder / "in-hand"
    for _ in range(2):
        cluster.start("coordinator", **BRIEF)
    cluster.start("detector", CASTLIST_FAILPOINTS=f"plan:{point}:{marker}")
    cluster.submit_copy(job)
    wait_for(marker)
    try:
        assert "1 queued tasks are gone" in deleted(cluster, job)
    finally:
        marker.unlink()
    words = "task done" if point == "committed" else f"job {job} was deleted"
    log = cluster.folder / "detector-2" / "log.jsonl"
    deadline = time.monotonic() + 30
    while words not in log.read_text():
        assert time.monotonic() < deadline, cluster.logs()
        time.sleep(0.05)
    until(cluster, job, lambda found: not found)


def test_jobs_that_are_done_cancelled_or_known_to_the_store_alone_leave_nothing(cluster: Cluster, tmp_path: Path) -> None:
    cluster.start("coordinator", **BRIEF)
    detector = cluster.start("detector")
    assert cluster.cli("submit", CLIP, "--job", "planned", "--until", "plan", "--watch", "-q", "-o", tmp_path / "out").returncode == 0
    detector.kill()
    detector.wait()
    assert cluster.cli("submit", CLIP, "--job", "waits").returncode == 0
    assert cluster.cli("cancel", "waits").returncode == 0
    cluster.servers.store("setup").put("jobs/stray/source", b"given up halfway")
    for job in ("planned", "waits", "stray"):
        deleted(cluster, job)
        refused = cluster.cli("submit", CLIP, "--job", job)
        assert (refused.returncode, "its id is not free yet" in refused.stderr) == (2, True)
    for job in ("planned", "waits", "stray"):
        until(cluster, job, lambda found: not found)
    gone = cluster.cli("delete", "planned", "--yes")
    assert (gone.returncode, "there is no job 'planned'" in gone.stderr) == (2, True)
    assert cluster.cli("submit", CLIP, "--job", "planned").returncode == 0
    deleted(cluster, "planned")


def test_a_deletion_waits_for_the_next_coordinator(cluster: Cluster) -> None:
    assert cluster.cli("submit", CLIP, "--job", "nobody").returncode == 0
    asked = cluster.cli("delete", "nobody")
    assert (asked.returncode, "--yes" in asked.stderr) == (2, True)
    marked = cluster.cli("delete", "nobody", "--yes")
    assert (marked.returncode, "no coordinator answers" in marked.stderr) == (5, True)
    cluster.start("coordinator", **BRIEF)
    until(cluster, "nobody", lambda found: not found)


def test_ended_jobs_are_deleted_for_their_age(cluster: Cluster) -> None:
    cluster.start("coordinator", CASTLIST_RETENTION_DAYS=str(3 / 86_400), **BRIEF)
    assert cluster.cli("submit", CLIP, "--job", "old").returncode == 0
    assert cluster.cli("submit", CLIP, "--job", "runs").returncode == 0
    assert cluster.cli("cancel", "old").returncode == 0
    until(cluster, "old", lambda found: not found)
    assert "castlist.job.runs" in remains(cluster, "runs")
    deleted(cluster, "runs")
