"""Creates the streams and consumers. Workers only bind to them, and need no right to change them."""

from typing import Any

from castlist import topology
from castlist.adapters.nats_client import NatsCredentials
from castlist.adapters.nats_connection import BrokerRefusal, NatsConnection
from castlist.errors import UsageError

_NAME_IN_USE = 10058
_DEAD_ACK_WAIT_S = 30.0


async def create_topology(
    url: str,
    *,
    credentials: NatsCredentials | None = None,
    ack_wait_s: float = 60.0,
    max_deliver: int = 5,
    max_in_flight: int = 256,
    replicas: int = 1,
) -> None:
    """Create what `castlist.topology` names, or update what is there. Running it again changes nothing.

    `max_in_flight` bounds the tasks of a kind that are delivered and unfinished; it must not be lower than the
    number of slots of all workers of a kind. Raises `UsageError` when a stream of that name can't be updated to what is needed.
    """
    connection = NatsConnection(url, credentials or NatsCredentials(), "castlist-topology", timeout_s=10.0)
    try:
        for config in _streams(replicas):
            await _ensure_stream(connection, config)
        for kind in topology.TASK_KINDS:
            limits = {"ack_wait": _ns(ack_wait_s), "max_deliver": max_deliver, "max_ack_pending": max_in_flight}
            await _ensure_consumer(connection, topology.TASKS_STREAM, kind, topology.task_filter(kind), limits)
        limits = {"ack_wait": _ns(_DEAD_ACK_WAIT_S), "max_deliver": -1}
        await _ensure_consumer(connection, topology.DEAD_STREAM, topology.DEAD_KIND, topology.DEAD_FILTER, limits)
    finally:
        await connection.close()


def _streams(replicas: int) -> list[dict[str, Any]]:
    log: dict[str, Any] = {"retention": "limits"}
    queue: dict[str, Any] = {
        "retention": "workqueue",
        "max_msgs_per_subject": 1,
        "discard": "new",
        "discard_new_per_subject": True,
    }
    kept_as = {
        topology.JOBS_STREAM: (topology.JOBS_FILTER, log),
        topology.TASKS_STREAM: (topology.TASKS_FILTER, queue),
        topology.EVENTS_STREAM: (topology.EVENTS_FILTER, log),
        topology.DEAD_STREAM: (topology.DEAD_FILTER, {"retention": "workqueue"}),
    }
    common = {"storage": "file", "num_replicas": replicas}
    return [{"name": name, "subjects": [subjects], **common, **kind} for name, (subjects, kind) in kept_as.items()]


async def _ensure_stream(connection: NatsConnection, config: dict[str, Any]) -> None:
    name = config["name"]
    try:
        await connection.api(f"STREAM.CREATE.{name}", config)
    except BrokerRefusal as refusal:
        if refusal.code != _NAME_IN_USE:
            raise
        try:
            await connection.api(f"STREAM.UPDATE.{name}", config)
        except BrokerRefusal as other:
            message = f"stream {name} exists and can't become what Castlist needs ({other.description}): delete it or use another account"
            raise UsageError(message) from other


async def _ensure_consumer(connection: NatsConnection, stream: str, kind: str, subject_filter: str, limits: dict[str, int]) -> None:
    name = topology.consumer_name(kind)
    config = {"name": name, "durable_name": name, "ack_policy": "explicit", "deliver_policy": "all", "filter_subject": subject_filter}
    await connection.api(f"CONSUMER.CREATE.{stream}.{name}.{subject_filter}", {"stream_name": stream, "config": config | limits})


def _ns(seconds: float) -> int:
    return int(seconds * 1e9)
