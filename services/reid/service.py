"""Embeds crops, compares persons."""

import cv2

from castlist.domain.devices import CPU_ALONE, Devices
from castlist.domain.jobs import Stage
from castlist.manifest import ModelLibrary
from castlist.worker.assembly import Handlers, Surroundings, assemble
from castlist.worker.runtime import Worker
from services.reid.handlers import compare
from services.reid.handlers.embed import EmbedHandler, preferred_embedder

READ_AHEAD = 1
"""Embed tasks in hand beyond those that compute: crops are fetched and decoded, vectors stored, while the network runs."""


def build(surroundings: Surroundings, library: ModelLibrary, devices: Devices = CPU_ALONE) -> Worker:
    """The ReID worker, for services and embedded runs alike."""
    cv2.setNumThreads(1)  # batches are processed side by side; threads inside one would fight them for cores
    embed = EmbedHandler(library.path_of, devices.own, passes=surroundings.slots)
    handlers: Handlers = {Stage.EMBED: (embed, surroundings.slots + READ_AHEAD), Stage.COMPARE: (compare.handle, 1)}
    return assemble(surroundings, "services.reid", handlers, lambda: embed.warm_up(preferred_embedder(library, devices.own)))
