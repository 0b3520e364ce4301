"""The port for traces: one for each job, whose spans are its tasks. Free of any vendor.

A trace's context travels in the headers of messages, as W3C's `traceparent`.
"""

import hashlib
import re
from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol

from castlist import topology

TRACEPARENT = "traceparent"
_WELL_FORMED = re.compile("[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")

Attributes = Mapping[str, str | int]


class Tracer(Protocol):
    """Records spans. The current one is that of the coroutine, or of the thread that it started."""

    def span(self, name: str, attributes: Attributes, parent: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
        """While it is entered, this is the current span; an error that leaves it is recorded.

        Its parent is the span that wrote the headers in `parent`, else the current one.
        """

    def headers(self) -> dict[str, str]:
        """What a message carries so that whoever takes it goes on with the current span; empty if there is none."""


class Untraced:
    """Tracer of whoever is not traced, an embedded run among them."""

    def span(self, name: str, attributes: Attributes, parent: Mapping[str, str] | None = None) -> AbstractContextManager[None]:
        del name, attributes, parent
        return nullcontext()

    def headers(self) -> dict[str, str]:
        return {}


UNTRACED = Untraced()


def context_in(headers: Mapping[str, str]) -> dict[str, str]:
    """The trace's context in a message's headers, and nothing else of them; empty if there is none that is well formed."""
    context = headers.get(TRACEPARENT, "")
    return {TRACEPARENT: context} if _WELL_FORMED.fullmatch(context) else {}


def context_of_job(job_id: str, headers: Mapping[str, str]) -> dict[str, str]:
    """The context in a task's headers, else one made of the job's id: a request without a trace gets a single one too."""
    digest = hashlib.sha256(f"castlist job {job_id}".encode()).hexdigest()
    return context_in(headers) or {TRACEPARENT: f"00-{digest[:32]}-{digest[32:48]}-01"}


def trace_fields(headers: Mapping[str, str]) -> dict[str, str]:
    """What a log line says of its trace: `trace_id`, or nothing."""
    context = context_in(headers)
    return {"trace_id": context[TRACEPARENT].split("-")[1]} if context else {}


def message_span(
    tracer: Tracer, operation: str, subject: str, about: Attributes, parent: Mapping[str, str] | None = None
) -> AbstractContextManager[None]:
    """A span of something done with a message (`send`, `process`), named and described by OpenTelemetry's conventions."""
    template = topology.subject_template(subject)
    attributes: dict[str, str | int] = {
        "messaging.system": "nats",
        "messaging.operation.name": operation,
        "messaging.operation.type": operation,
        "messaging.destination.name": subject,
        "messaging.destination.template": template,
    }
    return tracer.span(f"{operation} {template}", {**attributes, **about}, parent)
