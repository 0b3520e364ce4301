"""The services give the embedded run's bytes, whatever their number and whatever dies on the way."""

import shutil
import time
from pathlib import Path

import h5py
import pytest

from castlist.domain.jobs import Stage
from cli.output_folder import compare
from tests.end_to_end.conftest import ACK_WAIT_S, SHORT_SEGMENTS, Cluster, wait_for
from tests.fixtures.span_receiver import span_receiver

pytestmark = pytest.mark.timeout(300)


def test_one_process_a_service_gives_the_embedded_bytes(cluster: Cluster, embedded_results: Path) -> None:
    cluster.start_all()
    cluster.submit_copy("one-of-each")
    fetched = cluster.fetch("one-of-each")
    assert compare(embedded_results, fetched) == []
    compared = cluster.cli("compare", embedded_results, fetched)
    assert (compared.returncode, compared.stdout) == (0, "the same bytes\n")
    assert_same_crops(cluster, "one-of-each", embedded_results)
    refused = cluster.cli("crops", "export", fetched, "-o", cluster.folder / "crops.h5")
    assert (refused.returncode, "or name the job where they lie on the services" in refused.stderr) == (2, True)


def assert_same_crops(cluster: Cluster, job: str, folder: Path) -> None:
    """What `castlist crops export` writes of both, but for the time at which it did."""
    contents = []
    for source in (job, folder):
        path = cluster.folder / "crops_by_person.h5"
        done = cluster.cli("crops", "export", source, "-o", path)
        assert done.returncode == 0, done.stderr
        contents.append(datasets(path))
    assert contents[0] == contents[1]


def datasets(path: Path) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()].tobytes()}) if isinstance(item, h5py.Dataset) else None)
    return found


def test_three_detectors_give_the_same_bytes_and_one_trace(cluster: Cluster, embedded_results: Path) -> None:
    with span_receiver() as receiver:
        cluster.settings |= {"OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint} | SHORT_SEGMENTS
        cluster.start_all(detector=3)
        cluster.submit_copy("three-detectors")
        assert compare(embedded_results, cluster.fetch("three-detectors")) == ["differs: run.json"]
        cluster.stop_all()
    runs = cluster.runs("three-detectors")
    assert len({run.worker for run in runs if run.stage == "detect"}) > 1, "the segments were shared out"
    spans = [span for span in receiver.spans if span.attributes.get("castlist.job_id") == "three-detectors"]
    (root,) = (span for span in spans if span.parent_id == "")
    assert (root.service, root.name) == ("castlist-client", "send castlist.job.{job}")
    tasks = [span for span in spans if span is not root]
    assert {(span.trace_id, span.parent_id) for span in tasks} == {(root.trace_id, root.span_id)}
    assert {span.attributes["castlist.stage"] for span in tasks} == set(Stage) - {Stage.FETCH}
    task_of = {span.span_id: (span.attributes["castlist.stage"], int(span.attributes["castlist.index"])) for span in tasks}
    inner = {(*task_of[span.parent_id], span.name) for span in receiver.spans if span.parent_id in task_of}
    assert inner >= {(run.stage, run.index, name) for run in runs for name in ("compute", "store")}


@pytest.mark.parametrize(("service", "stage", "point"), [("detector", "detect", "computed"), ("reid", "embed", "stored")])
def test_a_worker_killed_with_a_task_in_hand_changes_nothing(
    cluster: Cluster, embedded_results: Path, service: str, stage: str, point: str
) -> None:
    job = f"killed-{service}"
    marker = cluster.folder / "in-hand"
    for name in ("coordinator", "detector", "tracker", "grouper", "reid", "reporter"):
        if name != service:
            cluster.start(name)
    victim = cluster.start(service, CASTLIST_FAILPOINTS=f"{stage}:{point}:{marker}")
    cluster.submit_copy(job)
    wait_for(marker)
    victim.kill()
    victim.wait()
    cluster.start(service)
    assert compare(embedded_results, cluster.fetch(job)) == []
    assert max(run.delivery_count for run in cluster.runs(job) if run.stage == stage) >= 2


def test_a_broker_gone_for_ten_seconds_changes_nothing(cluster: Cluster, embedded_results: Path) -> None:
    marker = cluster.folder / "in-hand"
    for name in ("coordinator", "tracker", "grouper", "reid", "reporter"):
        cluster.start(name)
    cluster.start("detector", CASTLIST_FAILPOINTS=f"detect:computed:{marker}")
    cluster.submit_copy("broker-gone")
    wait_for(marker)
    cluster.servers.nats.stop()
    marker.unlink()
    time.sleep(2 * ACK_WAIT_S)
    cluster.servers.nats.start()
    assert compare(embedded_results, cluster.fetch("broker-gone")) == []


def test_a_broker_that_forgot_everything_is_told_again_by_the_store(cluster: Cluster, embedded_results: Path) -> None:
    marker = cluster.folder / "in-hand"
    for name in ("coordinator", "tracker", "grouper", "reid", "reporter"):
        cluster.start(name)
    cluster.start("detector", CASTLIST_FAILPOINTS=f"detect:committed:{marker}")
    cluster.submit_copy("broker-lost")
    wait_for(marker)
    cluster.servers.nats.kill()
    shutil.rmtree(cluster.servers.nats.log_file.parent / "store")
    marker.unlink()
    cluster.servers.nats.start()
    assert cluster.setup().returncode == 0
    deadline = time.monotonic() + 60
    while cluster.cli("watch", "broker-lost", "-q").returncode == 2:  # until the request is back
        assert time.monotonic() < deadline, cluster.logs()
    assert compare(embedded_results, cluster.fetch("broker-lost")) == []
