"""A service's life as its operator sees it: probes, outages, SIGTERM."""

import asyncio
import json
import signal
import subprocess
import time
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from castlist import topology
from castlist.adapters.nats_bus import NatsBus
from castlist.codec.job_messages import encode_task
from castlist.domain.jobs import Stage, Task
from castlist.health import ask
from services.detector.service import READ_AHEAD
from tests.end_to_end.conftest import SERVICES, Cluster, wait_for
from tests.servers import ServerProcess, free_port


def until(condition: Callable[[], bool], what: str, timeout_s: float = 30) -> float:
    """Seconds until it was true."""
    started_s = time.monotonic()
    while not condition():
        assert time.monotonic() - started_s < timeout_s, what
        time.sleep(0.05)
    return time.monotonic() - started_s


@contextmanager
def stopped(server: ServerProcess) -> Iterator[None]:
    server.stop()
    try:
        yield
    finally:
        server.start()


def end(process: subprocess.Popen[bytes], timeout_s: float = 20) -> float:
    """Seconds from SIGTERM to a regular end."""
    started_s = time.monotonic()
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout_s) == 0
    return time.monotonic() - started_s


def queue_group_task(cluster: Cluster, job: str) -> None:
    """A task that a worker can take and, without inputs, not finish."""

    async def publish() -> None:
        bus = await NatsBus.connect(cluster.servers.nats.url, credentials=cluster.servers.nats_credentials("coordinator"))
        await bus.publish_task(topology.task_subject("group", job, 0), encode_task(Task(job, Stage.GROUP, 0, 0, {}, ())))
        await bus.close()

    asyncio.run(publish())


def figures(port: int) -> dict[tuple[str, str], float]:
    """Sums over all labels but the one that names the stage or the subjects."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        families = text_string_to_metric_families(answer.read().decode())
    sums = Counter[tuple[str, str]]()
    for sample in (sample for family in families for sample in family.samples):
        sums[sample.name, sample.labels.get("stage") or sample.labels.get("messaging_destination_template", "")] += sample.value
    return sums


def log_lines(process_folder: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (process_folder / "log.jsonl").read_text().splitlines()]


@pytest.mark.slow
def test_every_service_says_how_it_is_through_outages_and_ends_at_once(cluster: Cluster) -> None:
    ports = {service: free_port() for service in SERVICES}
    for service, port in ports.items():
        cluster.start(service, CASTLIST_HEALTH_PORT=str(port))

    def faults(of: str) -> dict[str, str]:
        return {service: fault for service, port in ports.items() if (fault := ask(of, port))}

    def without_store() -> bool:
        found = faults("readiness")
        return found.keys() == ports.keys() and all("object store" in fault for fault in found.values())

    until(lambda: not faults("readiness"), "ready", 60)
    with stopped(cluster.servers.nats):
        assert until(lambda: faults("readiness").keys() == ports.keys(), "unready without a broker") < 10
    with stopped(cluster.servers.s3):
        assert until(without_store, "unready without a store") < 10
        assert faults("liveness") == {}, "nobody is restarted for an outage"
    assert until(lambda: not faults("readiness"), "ready again") < 10
    lives = {process: name for name, group in cluster.processes.items() for process in group}
    slow = {name: seconds for process, name in lives.items() if (seconds := end(process)) > 1.5}
    assert slow == {}


def test_a_service_waits_for_its_broker_alive_and_can_be_ended_meanwhile(cluster: Cluster) -> None:
    port = free_port()
    waiting = cluster.start("grouper", CASTLIST_HEALTH_PORT=str(port), CASTLIST_NATS_URL=f"nats://127.0.0.1:{free_port()}")
    until(lambda: ask("liveness", port) == "", "alive")
    assert ask("readiness", port) == "starting: waits for the broker"
    assert end(waiting) < 1.5


def test_a_busy_service_finishes_its_task_first(cluster: Cluster) -> None:
    marker = cluster.folder / "in-hand"
    cluster.start("coordinator")
    detector = cluster.start("detector", CASTLIST_FAILPOINTS=f"plan:computed:{marker}")
    cluster.submit_copy("finished-first")
    wait_for(marker)
    detector.send_signal(signal.SIGTERM)
    with pytest.raises(subprocess.TimeoutExpired):
        detector.wait(0.5)
    marker.unlink()
    assert detector.wait(5) == 0
    assert [(run.stage, run.delivery_count) for run in cluster.runs("finished-first")] == [(Stage.PLAN, 1)]


def test_what_a_service_can_not_finish_in_time_goes_to_another_at_once(cluster: Cluster) -> None:
    first, second = cluster.folder / "first", cluster.folder / "second"
    leaving = cluster.start("grouper", CASTLIST_FAILPOINTS=f"group:taken:{first}", CASTLIST_STOP_GRACE_S="1")
    queue_group_task(cluster, "handed-on")
    wait_for(first)
    cluster.start("grouper", CASTLIST_FAILPOINTS=f"group:taken:{second}")
    time.sleep(1.5)
    assert not second.exists(), "it is in the first one's hands"
    assert 1 <= end(leaving) < 2.5
    wait_for(second, 1)
    said = [line["message"] for line in log_lines(cluster.folder / "grouper-0")]
    assert said == ["ready", "the task is handed back unfinished", "stopped"]
    first.unlink()
    second.unlink()


def test_a_model_that_can_not_be_used_ends_the_service_with_the_reason(cluster: Cluster) -> None:
    models = cluster.folder / "models"
    models.mkdir()
    (models / "yolox_nano.onnx").write_bytes(b"no network")
    detector = cluster.start("detector", CASTLIST_MODELS=str(models))
    assert detector.wait(30) == 5
    (line,) = log_lines(cluster.folder / "detector-0")
    assert "the warm-up failed: yolox_nano.onnx can't be loaded" in str(line["message"])


@pytest.mark.slow
def test_what_is_done_shows_in_figures_and_in_every_log_line(cluster: Cluster) -> None:
    """Lines of a library in the thread that computes say their job and stage too."""
    ports = {service: free_port() for service in ("coordinator", "detector")}
    for service, port in ports.items():
        cluster.start(service, CASTLIST_LOG_LEVEL="DEBUG", CASTLIST_METRICS_PORT=str(port))
    cluster.submit_copy("logged")
    until(lambda: any(run.stage == Stage.DETECT for run in cluster.runs("logged")), "a segment is done")
    until(lambda: figures(ports["detector"])["castlist_frames_decoded_total", ""] > 10, "frames are counted")
    coordinator, detector = (figures(port) for port in ports.values())
    cluster.stop_all()
    assert detector["castlist_slots", "detect"] == 1 + READ_AHEAD
    assert detector.keys() >= {("castlist_tasks_redelivered_total", stage) for stage in ("plan", "detect")}
    assert coordinator.keys() >= {("castlist_dead_tasks_total", stage) for stage in Stage}, "series begin at zero"
    assert detector["messaging_process_duration_seconds_count", "castlist.task.plan.{job}.{index}"] >= 1
    assert detector["messaging_client_sent_messages_total", "castlist.event.{job}.plan.{index}"] >= 1
    assert coordinator["messaging_client_sent_messages_total", "castlist.task.detect.{job}.{index}"] >= 2
    lines = log_lines(cluster.folder / "detector-1")
    requests = [line for line in lines if line["logger"] == "urllib3.connectionpool" and "/logged/" in str(line["message"])]
    done = [line for line in lines if line["message"] == "task done" and line["job_id"] == "logged"]  # other tests' jobs go on
    assert len(requests) > 5
    assert {(line.get("service"), line.get("job_id")) for line in requests} == {("detector", "logged")}
    assert {line["stage"] for line in done} == {line["stage"] for line in requests} == {"plan", "detect"}
    assert [(line["index"], line["delivery"]) for line in done][:2] == [(0, 1), (0, 1)]
    lines = log_lines(cluster.folder / "coordinator-0")
    assert "logged" in {line["job_id"] for line in lines if line["message"] == "the job is followed"}
