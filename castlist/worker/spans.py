"""The span of a task in hand, which goes on with its job's trace."""

from collections.abc import Iterator
from contextlib import contextmanager

from castlist.domain.jobs import Task
from castlist.logs import bound
from castlist.ports import Delivery
from castlist.traces import Attributes, Tracer, context_of_job, message_span, trace_fields


@contextmanager
def task_span(tracer: Tracer, task: Task, delivery: Delivery) -> Iterator[None]:
    """While a task is in hand; log lines name its trace."""
    about: Attributes = {
        "castlist.job_id": task.job_id,
        "castlist.stage": task.stage,
        "castlist.index": task.index,
        "castlist.delivery_count": delivery.delivery_count,
    }
    span = message_span(tracer, "process", delivery.subject, about, context_of_job(task.job_id, delivery.headers))
    with span, bound(**trace_fields(tracer.headers())):
        yield
