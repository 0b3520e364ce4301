"""Spans as a receiver gets them, over a real connection."""

import asyncio
import contextvars
import os
import subprocess
import sys
import time

import pytest

from castlist.adapters.otlp_traces import OtlpTracer
from castlist.traces import message_span
from tests.conftest import REPOSITORY
from tests.fixtures.span_receiver import span_receiver
from tests.servers import free_port

CONTEXT = {"traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"}


async def test_spans_go_on_with_the_trace_in_the_headers_also_in_threads(monkeypatch) -> None:
    with span_receiver() as receiver:
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", receiver.endpoint)
        tracer = OtlpTracer("tracker")

        def compute() -> None:
            with tracer.span("compute", {}):
                raise ZeroDivisionError

        with message_span(tracer, "process", "castlist.task.track.j.3", {"castlist.index": 3}, CONTEXT):
            headers = tracer.headers()
            with pytest.raises(ZeroDivisionError):
                await asyncio.get_running_loop().run_in_executor(None, contextvars.copy_context().run, compute)
        assert tracer.headers() == {}
        tracer.close()
    compute_span, process_span = receiver.spans
    assert (process_span.service, process_span.name) == ("castlist-tracker", "process castlist.task.track.{job}.{index}")
    assert (process_span.trace_id, process_span.parent_id) == ("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331")
    assert headers["traceparent"] == f"00-{process_span.trace_id}-{process_span.span_id}-01"
    assert (compute_span.name, compute_span.trace_id, compute_span.parent_id) == ("compute", process_span.trace_id, process_span.span_id)
    assert process_span.attributes["castlist.index"] == "3"
    assert process_span.attributes["messaging.destination.name"] == "castlist.task.track.j.3"


PROGRAM = """
import time
from castlist.adapters.otlp_traces import OtlpTracer
tracer = OtlpTracer("tracker")
with tracer.span("compute", {}):
    pass
started_s = time.monotonic()
tracer.close()
print(time.monotonic() - started_s)
"""


def test_a_receiver_that_is_gone_holds_up_nobody() -> None:
    environment = os.environ | {"OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{free_port()}"}
    started_s = time.monotonic()
    ended = subprocess.run([sys.executable, "-c", PROGRAM], env=environment, cwd=REPOSITORY, capture_output=True, text=True, check=True)
    assert float(ended.stdout) < 1.5
    assert time.monotonic() - started_s < 6, "the process ends too: the exporter itself would try for 10 s"
