"""Embeds crops, compares persons."""

import cv2

from castlist.domain.jobs import Stage
from castlist.manifest import ModelLibrary
from castlist.worker.assembly import Handlers, Surroundings, assemble
from castlist.worker.runtime import Worker
from services.reid.handler import EmbedHandler, compare


def build(surroundings: Surroundings, library: ModelLibrary) -> Worker:
    """The ReID worker, for services and embedded runs alike."""
    cv2.setNumThreads(1)  # batches are processed side by side; threads inside one would fight them for cores
    handlers: Handlers = {
        Stage.EMBED: (EmbedHandler(library.path_of), surroundings.slots),
        Stage.COMPARE: (compare, 1),
    }
    return assemble(surroundings, "services.reid", handlers)
