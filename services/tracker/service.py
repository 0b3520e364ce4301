"""Tracks segments, one after the other within a job."""

from castlist.domain.jobs import Stage
from castlist.worker.assembly import Surroundings, assemble
from castlist.worker.runtime import Worker
from services.tracker.handler import handle


def build(surroundings: Surroundings) -> Worker:
    """The tracker's worker, for services and embedded runs alike."""
    return assemble(surroundings, "services.tracker", {Stage.TRACK: (handle, 1)})
