"""The message bus of the services: NATS JetStream."""

import asyncio
import base64
import json
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any

from castlist import topology
from castlist.adapters.nats_client import NatsCredentials
from castlist.adapters.nats_connection import BrokerRefusal, NatsConnection
from castlist.adapters.nats_log import LogReader
from castlist.adapters.nats_monitoring import ask_all, count_tasks, read_queue_states, read_stream_states
from castlist.adapters.nats_pull import headers_of, take_one
from castlist.adapters.nats_topology import create_topology
from castlist.errors import AlreadyExists
from castlist.measures import CONSUMED, OPERATION_DURATION, SENT, UNMEASURED, Measures, message_labels, timed
from castlist.ports import DeadTask, Delivery, Headers, LogEntry, QueueState, StreamState

__all__ = ["NatsBus", "NatsCredentials", "NatsDelivery", "create_topology"]

_STORE_FAILED = 10077
_WRONG_LAST_SEQUENCE = 10071
_NO_MESSAGE = 10037
_HEADER_BYTES = 1024
_OTHER_STREAM = 10060
_FOR_NO_STREAM = {"Nats-Expected-Stream": "NONE"}
_FIRST_ON_SUBJECT = {"Nats-Expected-Last-Subject-Sequence": "0"}


@dataclass(frozen=True, slots=True)
class NatsDelivery:
    """One task in hand. The broker confirms everything that is said about it."""

    subject: str
    payload: bytes
    delivery_count: int
    headers: Headers
    _connection: NatsConnection
    _reply: str
    _measures: Measures = UNMEASURED

    async def ack(self) -> None:
        await self._say("ack", b"+ACK")

    async def nak(self, delay_s: float) -> None:
        delay = f" {json.dumps({'delay': int(delay_s * 1e9)})}" if delay_s > 0 else ""
        await self._say("nak", f"-NAK{delay}".encode())

    async def in_progress(self) -> None:
        await self._say("in_progress", b"+WPI")

    async def _say(self, operation: str, word: bytes) -> None:
        with timed(self._measures, OPERATION_DURATION, **message_labels(operation, self.subject)):
            await self._connection.request(self._reply, word)


class NatsBus:
    """A `MessageBus` on the streams and consumers that `create_topology` made.

    A request may have been carried out although it raises `DependencyUnavailable`: the answer was lost. All callers may repeat
    what they asked for; after `append(only_first=True)` the repetition then raises `AlreadyExists`.
    """

    def __init__(self, connection: NatsConnection, measures: Measures = UNMEASURED) -> None:
        self._connection = connection
        self._measures = measures

    @classmethod
    async def connect(
        cls,
        url: str,
        *,
        credentials: NatsCredentials | None = None,
        name: str = "castlist",
        timeout_s: float = 5.0,
        measures: Measures = UNMEASURED,
    ) -> "NatsBus":
        """Connect to the servers of a comma-separated list.

        `timeout_s` bounds connecting and each request. Raises `DependencyUnavailable` when no server answers in
        time, `AccessDenied` when one refuses. `name` is shown by the server's monitoring.
        """
        connection = NatsConnection(url, credentials or NatsCredentials(), name, timeout_s)
        await connection.ready()
        return cls(connection, measures)

    async def publish_task(self, subject: str, payload: bytes, headers: Headers | None = None) -> bool:
        topology.kind_of_task(subject)
        try:
            await self._send(subject, payload, headers)
        except BrokerRefusal as refusal:
            if refusal.code == _STORE_FAILED and "per subject" in refusal.description:
                return False
            raise
        return True

    async def fetch_task(self, kind: str, timeout_s: float) -> Delivery | None:
        if kind not in topology.TASK_KINDS:
            raise ValueError(f"no task kind {kind!r}")
        message = await self._take(topology.TASKS_STREAM, kind, _now_s() + timeout_s)
        if message is None:
            return None
        self._measures.count(CONSUMED, error_type="", **message_labels("receive", message.subject))
        about = message.metadata.num_delivered, headers_of(message)
        return NatsDelivery(message.subject, message.data, *about, self._connection, message.reply, self._measures)

    async def fetch_dead_task(self, timeout_s: float) -> DeadTask | None:
        deadline_s = _now_s() + timeout_s
        while (advisory := await self._take(topology.DEAD_STREAM, topology.DEAD_KIND, deadline_s)) is not None:
            report = json.loads(advisory.data)
            task = await self._take_out(report["stream_seq"], report["deliveries"])
            await self._connection.request(advisory.reply, b"+ACK")
            if task is not None:
                return task
        return None

    async def append(self, subject: str, payload: bytes, *, only_first: bool = False, headers: Headers | None = None) -> int:
        _log_of(subject)
        try:
            answer = await self._send(subject, payload, headers, _FIRST_ON_SUBJECT if only_first else None)
        except BrokerRefusal as refusal:
            if refusal.code == _WRONG_LAST_SEQUENCE:
                raise AlreadyExists(f"the log has a message on {subject}") from refusal
            raise
        return int(answer["seq"])

    async def check_append(self, subject: str) -> None:
        _log_of(subject)
        try:
            await self._connection.ask(subject, b"", _FOR_NO_STREAM)
        except BrokerRefusal as refusal:
            if refusal.code != _OTHER_STREAM:
                raise

    def follow(self, subject_filter: str, from_sequence: int = 1) -> AsyncIterator[LogEntry]:
        return LogReader(self._connection, _log_of(subject_filter), subject_filter, from_sequence).follow()

    async def read(self, subject_filter: str) -> list[LogEntry]:
        return await LogReader(self._connection, _log_of(subject_filter), subject_filter).read()

    async def count(self, subject_filter: str, after_sequence: int = 0) -> int:
        return await LogReader(self._connection, _log_of(subject_filter), subject_filter, after_sequence + 1).count()

    async def discard_tasks(self, job_id: str) -> None:
        await self._purge(topology.TASKS_STREAM, topology.job_tasks_filter(job_id))

    async def purge_job(self, job_id: str) -> int:
        requests = await self._purge(topology.JOBS_STREAM, topology.job_subject(job_id))
        events = await self._purge(topology.EVENTS_STREAM, topology.job_events_filter(job_id))
        return requests + events + await self._purge(topology.TASKS_STREAM, topology.job_tasks_filter(job_id))

    async def count_tasks(self, job_id: str) -> int:
        return await count_tasks(self._connection, job_id)

    async def queue_states(self) -> list[QueueState]:
        return await read_queue_states(self._connection)

    async def stream_states(self) -> list[StreamState]:
        return await read_stream_states(self._connection)

    async def ask_services(self, timeout_s: float) -> list[bytes]:
        return await ask_all(self._connection, topology.WORKERS_SUBJECT, timeout_s)

    def answering(self, say: Callable[[], bytes]) -> AbstractAsyncContextManager[None]:
        return self._connection.answering(topology.WORKERS_SUBJECT, say)

    async def ping(self) -> None:
        """Nothing, if the broker answers. Raises `DependencyUnavailable` if it does not in time."""
        await self._connection.ping()

    async def close(self) -> None:
        await self._connection.close()

    async def _send(
        self, subject: str, payload: bytes, headers: Headers | None, conditions: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Publish on conditions. What travels beside a payload that fills the message is left out."""
        labels = message_labels("send", subject)
        beside = headers if headers and len(payload) + _HEADER_BYTES <= topology.MAX_MESSAGE_BYTES else {}
        with timed(self._measures, OPERATION_DURATION, **labels):
            answer = await self._connection.ask(subject, payload, {**beside, **(conditions or {})} or None)
        self._measures.count(SENT, error_type="", **labels)
        return answer

    async def _purge(self, stream: str, subject_filter: str) -> int:
        return int((await self._connection.api(f"STREAM.PURGE.{stream}", {"filter": subject_filter}))["purged"])

    async def _take(self, stream: str, kind: str, deadline_s: float) -> Any | None:
        """One message of a consumer, or None when the deadline passed; at least one look is taken."""
        while True:
            message = await take_one(self._connection, stream, topology.consumer_name(kind), max(deadline_s - _now_s(), 0.0))
            if message is not None or _now_s() >= deadline_s:
                return message

    async def _take_out(self, sequence: int, delivery_count: int) -> DeadTask | None:
        """Remove a task from the queue; None if it is gone already: purged, or finished late."""
        stream = topology.TASKS_STREAM
        try:
            found = (await self._connection.api(f"STREAM.MSG.GET.{stream}", {"seq": sequence}))["message"]
            await self._connection.api(f"STREAM.MSG.DELETE.{stream}", {"seq": sequence})
        except BrokerRefusal as refusal:
            if refusal.code == _NO_MESSAGE:
                return None
            raise
        return DeadTask(found["subject"], base64.b64decode(found.get("data", "")), delivery_count)


def _log_of(subject: str) -> str:
    stream = topology.stream_of_subject(subject)
    if stream not in (topology.JOBS_STREAM, topology.EVENTS_STREAM):
        raise ValueError(f"{subject!r} belongs to no log")
    return stream


def _now_s() -> float:
    return asyncio.get_running_loop().time()
