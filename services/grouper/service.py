"""Picks tracklets' crops, groups tracklets into persons, ranks the cast."""

from castlist.domain.jobs import Stage
from castlist.worker.assembly import Handlers, Surroundings, assemble
from castlist.worker.runtime import Worker
from services.grouper.handlers import cast, group, pick


def build(surroundings: Surroundings) -> Worker:
    """The grouper's worker, for services and embedded runs alike."""
    handlers: Handlers = {Stage.PICK: (pick.handle, 1), Stage.GROUP: (group.handle, 1), Stage.CAST: (cast.handle, 1)}
    return assemble(surroundings, "services.grouper", handlers)
