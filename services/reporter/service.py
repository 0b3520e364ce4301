"""Renders animations and the report."""

from castlist.domain.jobs import Stage
from castlist.worker.assembly import Surroundings, assemble
from castlist.worker.runtime import Worker
from services.reporter.handler import handle


def build(surroundings: Surroundings) -> Worker:
    """The reporter's worker, for services and embedded runs alike."""
    return assemble(surroundings, "services.reporter", {Stage.REPORT: (handle, 1)})
