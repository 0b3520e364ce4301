"""The broker as Kubernetes runs it: three nodes, of which any one may be lost."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from castlist import topology
from castlist.adapters.nats_bus import NatsBus, create_topology
from castlist.errors import DependencyUnavailable
from castlist.ports import Delivery, MessageBus
from tests.deploy.broker_cluster import BrokerCluster, broker_cluster

pytestmark = pytest.mark.slow

TASKS = 40


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BrokerCluster]:
    with broker_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


async def make_topology(cluster: BrokerCluster, **limits: float) -> None:
    """As `castlist setup --wait`: a cluster that has just chosen its leader does not answer at once."""
    deadline_s = time.monotonic() + 40
    while True:
        try:
            return await create_topology(cluster.url, replicas=3, **limits)  # type: ignore[arg-type]
        except DependencyUnavailable:
            assert time.monotonic() < deadline_s, "the cluster does not come"


async def take(bus: MessageBus, deadline_s: float) -> Delivery | None:
    """The next detect task; None when none comes for two seconds although the broker answers."""
    while time.monotonic() < deadline_s:
        try:
            return await bus.fetch_task("detect", timeout_s=2.0)
        except DependencyUnavailable:
            continue
    raise AssertionError("the broker does not come back")


async def events_of(job: str, bus: MessageBus, deadline_s: float) -> list[bytes]:
    """A job's events, once the log has a leader again: each stream chooses its own."""
    while time.monotonic() < deadline_s:
        with suppress(DependencyUnavailable):
            return [entry.payload for entry in await bus.read(topology.job_events_filter(job))]
    raise AssertionError("the log does not come back")


async def test_tasks_and_events_survive_the_loss_of_the_leading_node(cluster: BrokerCluster) -> None:
    await make_topology(cluster, ack_wait_s=3.0)
    bus = await NatsBus.connect(cluster.url)
    subjects = {topology.task_subject("detect", "job", index) for index in range(TASKS)}
    for subject in sorted(subjects):
        assert await bus.publish_task(subject, b"task")
    await bus.append(topology.event_subject("job", "plan", 0), b"event")
    in_hand = await bus.fetch_task("detect", 5.0)
    assert in_hand is not None

    leader = cluster.leader("TASKS")
    assert leader is not None
    cluster.nodes[leader].kill()

    try:
        deadline_s = time.monotonic() + 60
        finished = set()
        while finished != subjects:
            delivery = await take(bus, deadline_s)
            if delivery is not None:
                with suppress(DependencyUnavailable):  # it comes again then
                    await delivery.ack()
                    finished.add(delivery.subject)
        assert await events_of("job", bus, deadline_s) == [b"event"]
    finally:
        await bus.close()
        cluster.nodes[leader].start()
        cluster.wait_until_it_agrees()


async def publish(bus: NatsBus, subject: str, deadline_s: float) -> None:
    """A task, once the queue has a leader again, which it may change when a node has come back."""
    while time.monotonic() < deadline_s:
        with suppress(DependencyUnavailable):
            await bus.publish_task(subject, b"task")
            return
        await asyncio.sleep(0.1)
    raise AssertionError("the queue does not come back")


async def test_each_message_is_on_each_node_and_its_lag_can_be_read(cluster: BrokerCluster) -> None:
    await make_topology(cluster)
    bus = await NatsBus.connect(cluster.url)
    try:
        for index in range(5):
            await publish(bus, topology.task_subject("embed", "lag", index), time.monotonic() + 30)
        leader = cluster.leader("TASKS", "castlist-embed")
        assert leader is not None
        streams = {item["name"]: item for item in cluster.streams(leader)}
        replicas = {name: item["config"]["num_replicas"] for name, item in streams.items()}
        assert replicas == dict.fromkeys(("JOBS", "TASKS", "EVENTS", "DEAD"), 3)
        lag = {item["name"]: item["num_pending"] for item in streams["TASKS"]["consumer_detail"]}
        assert lag["castlist-embed"] == 5
        await bus.discard_tasks("lag")
    finally:
        await bus.close()


def test_pods_are_told_the_names_by_which_keda_asks_for_nodes(cluster: BrokerCluster) -> None:
    about = [cluster.ask(number, "/varz") for number in range(3)]
    assert [node["server_name"] for node in about] == ["nats-0", "nats-1", "nats-2"]
    assert ["connect_urls" in node for node in about] == [False] * 3


def test_a_stranger_does_not_become_a_node(cluster: BrokerCluster, tmp_path: Path) -> None:
    stranger = cluster.stranger(tmp_path)
    stranger.start()
    try:
        time.sleep(2.0)
        assert cluster.ask(3, "/routez")["num_routes"] == 0
        names = {route["remote_name"] for number in range(3) for route in cluster.ask(number, "/routez")["routes"]}
        assert names == {"nats-0", "nats-1", "nats-2"}
    finally:
        stranger.kill()
