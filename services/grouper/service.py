"""Analyses tracklets, groups and ranks persons, chooses crops."""

from castlist.domain.jobs import Stage
from castlist.worker.assembly import Surroundings, assemble
from castlist.worker.runtime import Worker
from services.grouper.handler import handle


def build(surroundings: Surroundings) -> Worker:
    """The grouper's worker, for services and embedded runs alike."""
    return assemble(surroundings, "services.grouper", {Stage.GROUP: (handle, 1)})
