"""Submits many jobs at once, follows them to their end, and looks whether anything was lost."""

import asyncio
import hashlib
import time
from collections import Counter
from dataclasses import dataclass, field

from benchmarks.service_processes import Place
from benchmarks.sleeping_stages import Load
from castlist import topology
from castlist.adapters.nats_bus import NatsBus, NatsCredentials
from castlist.adapters.nats_connection import NatsConnection
from castlist.codec.job_messages import decode_event, encode_request
from castlist.domain.jobs import JobRequest, ObjectRef, Stage, TaskDone

SETTLING_S = 15.0


@dataclass
class Flood:
    """What came of the jobs. Spans are from a stage's first start to its last end, as the workers' clocks say.

    `again` counts tasks that were asked for and answered once more, from what is stored: harmless, but work.
    """

    seconds: float
    finished: dict[str, dict[Stage, set[int]]] = field(default_factory=dict)
    spans: dict[Stage, tuple[float, float]] = field(default_factory=dict)
    redelivered: int = 0
    again: int = 0
    failures: int = 0
    left_in_queue: int = 0

    def add(self, job_id: str, done: TaskDone) -> None:
        finished = self.finished.setdefault(job_id, {stage: set() for stage in Stage})[done.stage]
        self.again += done.index in finished
        finished.add(done.index)
        first, last = self.spans.get(done.stage, (done.started_unix_s, done.finished_unix_s))
        self.spans[done.stage] = min(first, done.started_unix_s), max(last, done.finished_unix_s)
        self.redelivered += done.delivery_count > 1

    @property
    def tasks(self) -> Counter[Stage]:
        """Tasks that were done, by stage, each once."""
        return Counter({stage: sum(len(job[stage]) for job in self.finished.values()) for stage in Stage})

    def per_second(self, stage: Stage) -> float:
        first, last = self.spans[stage]
        return self.tasks[stage] / (last - first)

    def lost(self, jobs: int, load: Load) -> int:
        """Tasks that should have been done and were not."""
        return jobs * sum(load.expected.values()) - sum(self.tasks.values())


async def flood(place: Place, load: Load, jobs: int, prefix: str) -> Flood:
    """Submit the jobs to servers that had none, and follow them until the last report is there and the queue is empty."""
    bus = await NatsBus.connect(place.nats_url, timeout_s=20.0)
    try:
        started = time.monotonic()
        following = asyncio.create_task(_follow(bus, jobs))
        for number in range(jobs):
            await _submit(bus, place, f"{prefix}-{number}", load.source_bytes)
        outcome = await following
        outcome.seconds = time.monotonic() - started
    finally:
        await bus.close()
    outcome.left_in_queue = await _left_in_queue(place.nats_url)
    return outcome


async def _submit(bus: NatsBus, place: Place, job_id: str, source_bytes: int) -> None:
    source = job_id.encode() * (source_bytes // len(job_id))
    ref = ObjectRef(topology.source_key(job_id), len(source), hashlib.sha256(source).hexdigest())
    request = encode_request(JobRequest(job_id, ref, "video.mp4"))
    store = place.store()
    await asyncio.to_thread(store.put, ref.key, source)
    await asyncio.to_thread(store.put, topology.request_key(job_id), request)
    await bus.append(topology.job_subject(job_id), request, only_first=True)


async def _follow(bus: NatsBus, jobs: int) -> Flood:
    outcome = Flood(0.0)
    ended: set[str] = set()
    async for entry in bus.follow(topology.EVENTS_FILTER):
        event = decode_event(entry.payload, entry.sequence)
        if isinstance(event.fact, TaskDone):
            outcome.add(event.job_id, event.fact)
            if event.fact.stage is Stage.REPORT:
                ended.add(event.job_id)
        else:
            outcome.failures += 1
        if len(ended) + outcome.failures >= jobs:
            return outcome
    raise AssertionError("the log ended")


async def _left_in_queue(nats_url: str) -> int:
    """Tasks and dead letters that the broker still holds, once the last acknowledgements had time to arrive."""
    connection = NatsConnection(nats_url, NatsCredentials(), "benchmark", timeout_s=20.0)
    try:
        deadline = time.monotonic() + SETTLING_S
        while True:
            streams = [await connection.api(f"STREAM.INFO.{name}") for name in (topology.TASKS_STREAM, topology.DEAD_STREAM)]
            left = sum(int(stream["state"]["messages"]) for stream in streams)
            if left == 0 or time.monotonic() > deadline:
                return left
            await asyncio.sleep(0.2)
    finally:
        await connection.close()
