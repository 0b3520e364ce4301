"""Everything that a service counts and times, and the port that takes the figures. Free of any vendor.

Names follow the semantic conventions of OpenTelemetry for messaging as Prometheus writes them; Castlist's own start with
`castlist_`. No label ever holds a job's id, so that the number of time series does not grow with the jobs.
`docs/operations.md` says what each is good for.
"""

import asyncio
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from castlist import topology


class Kind(StrEnum):
    """How a metric's values go together."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True, slots=True)
class Metric:
    """One metric; `meaning` is a sentence without its full stop."""

    name: str
    kind: Kind
    meaning: str
    labels: tuple[str, ...] = ()


_MESSAGE = ("messaging_system", "messaging_destination_template", "messaging_operation_name", "error_type")

PROCESS_DURATION = Metric("messaging_process_duration_seconds", Kind.HISTOGRAM, "Time from a task to its result or failure", _MESSAGE)
OPERATION_DURATION = Metric("messaging_client_operation_duration_seconds", Kind.HISTOGRAM, "Time that the broker took to answer", _MESSAGE)
CONSUMED = Metric("messaging_client_consumed_messages_total", Kind.COUNTER, "Tasks that were taken from the queue", _MESSAGE)
SENT = Metric("messaging_client_sent_messages_total", Kind.COUNTER, "Tasks and events that were sent to the broker", _MESSAGE)

JOBS_ENDED = Metric("castlist_jobs_ended_total", Kind.COUNTER, "Jobs that this coordinator saw end", ("status",))
DEAD_TASKS = Metric("castlist_dead_tasks_total", Kind.COUNTER, "Tasks given up after as many deliveries as are allowed", ("stage",))
REPUBLISHED = Metric(
    "castlist_tasks_republished_by_sweep_total", Kind.COUNTER, "Tasks that the sweep found missing from the queue", ("stage",)
)
REDELIVERED = Metric("castlist_tasks_redelivered_total", Kind.COUNTER, "Deliveries that were not a task's first", ("stage",))
REUSED = Metric("castlist_tasks_reused_total", Kind.COUNTER, "Tasks whose result an earlier run had stored", ("stage",))
FRAMES_DECODED = Metric("castlist_frames_decoded_total", Kind.COUNTER, "Frames that were decoded and searched for people")
FRAMES_LOST = Metric("castlist_frames_lost_total", Kind.COUNTER, "Frames that could not be decoded")
CROPS_EMBEDDED = Metric("castlist_crops_embedded_total", Kind.COUNTER, "Crops that were embedded")
SLOTS = Metric("castlist_slots", Kind.GAUGE, "Places for tasks, by what they do now: busy or idle", ("stage", "state"))
STORE_DURATION = Metric(
    "castlist_store_operation_duration_seconds", Kind.HISTOGRAM, "Time of one call of the object store", ("operation", "error_type")
)
MODEL_INFO = Metric("castlist_model_info", Kind.GAUGE, "Always 1; the model that was warmed up", ("name", "sha256", "runtime"))
BUILD_INFO = Metric("castlist_build_info", Kind.GAUGE, "Always 1; what runs here", ("version", "service"))

METRICS = (
    PROCESS_DURATION,
    OPERATION_DURATION,
    CONSUMED,
    SENT,
    JOBS_ENDED,
    DEAD_TASKS,
    REPUBLISHED,
    REDELIVERED,
    REUSED,
    FRAMES_DECODED,
    FRAMES_LOST,
    CROPS_EMBEDDED,
    SLOTS,
    STORE_DURATION,
    MODEL_INFO,
    BUILD_INFO,
)


class Measures(Protocol):
    """Takes figures, from any thread. `labels` are those of the metric, each with a value."""

    def count(self, metric: Metric, amount: float = 1, /, **labels: str) -> None: ...

    def time(self, metric: Metric, seconds: float, /, **labels: str) -> None: ...

    def set(self, metric: Metric, value: float, /, **labels: str) -> None: ...


class Unmeasured:
    """Measures of whoever is not watched, an embedded run among them."""

    def count(self, metric: Metric, amount: float = 1, /, **labels: str) -> None: ...

    def time(self, metric: Metric, seconds: float, /, **labels: str) -> None: ...

    def set(self, metric: Metric, value: float, /, **labels: str) -> None: ...


UNMEASURED = Unmeasured()


def begin_at_zero(measures: Measures, metric: Metric, label: str, values: Iterable[str]) -> None:
    """Have a counter's series from the start: Prometheus sees no increase in one that begins with its first event."""
    for value in values:
        measures.count(metric, 0, **{label: value})


@contextmanager
def timed(measures: Measures, metric: Metric, **labels: str) -> Iterator[None]:
    """Time the block; `error_type` is the name of what it raised, empty if nothing."""
    started_s = time.monotonic()
    error_type = ""
    try:
        yield
    except (Exception, asyncio.CancelledError) as error:
        error_type = type(error).__name__
        raise
    finally:
        measures.time(metric, time.monotonic() - started_s, error_type=error_type, **labels)


def message_labels(operation: str, subject: str) -> dict[str, str]:
    """Labels of whatever is done with a message: `send`, `receive`, `process`, `ack`, `nak`."""
    return {
        "messaging_system": "nats",
        "messaging_destination_template": topology.subject_template(subject),
        "messaging_operation_name": operation,
    }
