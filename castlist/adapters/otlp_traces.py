"""Traces sent by OTLP over HTTP; where to, and how much, say OpenTelemetry's own variables (`OTEL_...`)."""

import os
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import SpanKind
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

from castlist import __version__

CLOSE_S = 1.0
"""Time for sending what is left; a receiver that does not answer holds up nobody."""


class OtlpTracer:
    """A `Tracer` whose spans are sent in batches by a thread."""

    def __init__(self, service: str) -> None:
        about = {
            "service.name": f"castlist-{service}",
            "service.version": __version__,
            "service.instance.id": f"{socket.gethostname()}:{os.getpid()}",
        }
        self._provider = TracerProvider(resource=Resource.create(about), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("castlist", __version__)
        self._propagator = TraceContextTextMapPropagator()

    @contextmanager
    def span(self, name: str, attributes: Mapping[str, str | int], parent: Mapping[str, str] | None = None) -> Iterator[None]:
        context = None if parent is None else self._propagator.extract(parent)
        kind = _KINDS.get(str(attributes.get("messaging.operation.type")), SpanKind.INTERNAL)
        with self._tracer.start_as_current_span(name, context, kind, attributes):
            yield

    def headers(self) -> dict[str, str]:
        carrier: dict[str, str] = {}
        self._propagator.inject(carrier)
        return carrier

    def close(self) -> None:
        """Send what is left."""
        closing = threading.Thread(target=self._provider.shutdown, daemon=True)
        closing.start()
        closing.join(CLOSE_S)


_KINDS = {"send": SpanKind.PRODUCER, "process": SpanKind.CONSUMER}
