"""The commands that an operator uses, with the client's rights and no more."""

import json

import pytest

from tests.end_to_end.conftest import CLIP, Cluster, wait_for

pytestmark = pytest.mark.timeout(120)


def test_what_runs_what_failed_and_what_was_cancelled_is_told(cluster: Cluster) -> None:
    marker = cluster.folder / "in-hand"
    cluster.start("coordinator")
    for job in json.loads(cluster.cli("jobs", "--json").stdout):  # what other tests left
        cluster.cli("cancel", job["job"])
    cluster.start("detector", CASTLIST_FAILPOINTS=f"plan:taken:{marker}")
    broken = cluster.folder / "broken.mp4"
    broken.write_bytes(b"no video at all")
    assert cluster.cli("submit", CLIP, "--job", "held").returncode == 0
    wait_for(marker)
    try:
        told = cluster.cli("status", "--json")
        assert told.returncode == 0, told.stderr
        found = json.loads(told.stdout)
    finally:
        marker.unlink()
    assert {worker["service"] for worker in found["workers"]} == {"coordinator", "detector"}
    (detector,) = [worker for worker in found["workers"] if worker["service"] == "detector"]
    assert [(task["job"], task["stage"], task["index"]) for task in detector["in_hand"]] == [("held", "plan", 0)]
    (plans,) = [queue for queue in found["queues"] if queue["kind"] == "plan"]
    assert plans | {"oldest_s": 0} == {"kind": "plan", "waiting": 0, "in_hand": 1, "redelivered": 0, "dead": 0, "oldest_s": 0}
    assert found["lag"]["JOBS"] == 0
    assert cluster.cli("cancel", "held").returncode == 0
    failed = cluster.cli("submit", broken, "--job", "broken", "--watch", "-q", "-o", cluster.folder / "out")
    assert failed.returncode == 3, failed.stderr
    jobs = {job["job"]: job["status"] for job in json.loads(cluster.cli("jobs", "--json").stdout)}
    assert jobs | {"held": "cancelled", "broken": "failed"} == jobs
    failures = json.loads(cluster.cli("dead", "list", "--json").stdout)
    assert [(failure["stage"], failure["kind"]) for failure in failures if failure["job"] == "broken"] == [("plan", "input")]
    assert "held" in cluster.cli("jobs").stdout
    assert cluster.cli("retry", "broken").returncode == 0
    assert cluster.cli("retry", "held").returncode == 2
    assert cluster.cli("cancel", "nobody").returncode == 2
    assert cluster.cli("watch", "broken", "-q").returncode == 3
