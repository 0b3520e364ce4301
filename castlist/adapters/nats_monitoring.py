"""What the broker says of itself: queues, streams, and which services are there."""

import asyncio
from datetime import datetime

from castlist import topology
from castlist.adapters.nats_connection import BrokerRefusal, NatsConnection, status_of
from castlist.errors import DependencyUnavailable
from castlist.ports import QueueState, StreamState

_NO_MESSAGE = 10037
_SUBJECTS_PER_PAGE = 100_000


async def read_queue_states(connection: NatsConnection) -> list[QueueState]:
    """Each kind's queue, from its consumer and its subjects."""
    return list(await asyncio.gather(*(_queue_state(connection, kind) for kind in topology.TASK_KINDS)))


async def read_stream_states(connection: NatsConnection) -> list[StreamState]:
    """Messages and bytes of every stream."""
    answers = await asyncio.gather(*(connection.api(f"STREAM.INFO.{name}") for name in topology.STREAMS))
    states = [answer["state"] for answer in answers]
    return [StreamState(name, state["messages"], state["bytes"]) for name, state in zip(topology.STREAMS, states, strict=True)]


async def count_tasks(connection: NatsConnection, job_id: str) -> int:
    """Messages of the work queue that belong to a job."""
    return await _count(connection, topology.job_tasks_filter(job_id))


async def ask_all(connection: NatsConnection, subject: str, timeout_s: float) -> list[bytes]:
    """Every answer to an empty request on a subject that comes within `timeout_s`."""
    answers: list[bytes] = []
    async with connection.mailbox(subject) as box:
        await connection.publish(subject, b"", reply=box.inbox)
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    message = await box.next(timeout_s)
                    if status_of(message) == 503:
                        break
                    answers.append(message.data)
        except (TimeoutError, DependencyUnavailable):
            box.complete = True
    return answers


async def _queue_state(connection: NatsConnection, kind: str) -> QueueState:
    consumer, queued, oldest = await asyncio.gather(
        connection.api(f"CONSUMER.INFO.{topology.TASKS_STREAM}.{topology.consumer_name(kind)}"),
        _count(connection, topology.task_filter(kind)),
        _oldest_unix_s(connection, topology.task_filter(kind)),
    )
    waiting, in_hand = consumer["num_pending"], consumer["num_ack_pending"]
    return QueueState(kind, waiting, in_hand, consumer["num_redelivered"], max(queued - waiting - in_hand, 0), oldest)


async def _count(connection: NatsConnection, task_filter: str) -> int:
    subjects = found = 0
    while True:
        wish = {"subjects_filter": task_filter, "offset": subjects}
        page: dict[str, int] = (await connection.api(f"STREAM.INFO.{topology.TASKS_STREAM}", wish))["state"].get("subjects") or {}
        subjects, found = subjects + len(page), found + sum(page.values())
        if len(page) < _SUBJECTS_PER_PAGE:
            return found


async def _oldest_unix_s(connection: NatsConnection, task_filter: str) -> float | None:
    try:
        answer = await connection.api(f"STREAM.MSG.GET.{topology.TASKS_STREAM}", {"seq": 1, "next_by_subj": task_filter})
    except BrokerRefusal as refusal:
        if refusal.code == _NO_MESSAGE:
            return None
        raise
    return datetime.fromisoformat(answer["message"]["time"]).timestamp()
