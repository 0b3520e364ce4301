"""Probes and plans videos, detects people in segments."""

import cv2

from castlist.domain.decoding import DecodingLimits
from castlist.domain.devices import CPU_ALONE, Devices
from castlist.domain.jobs import Stage
from castlist.manifest import ModelLibrary
from castlist.worker.assembly import Handlers, Surroundings, assemble
from castlist.worker.runtime import Worker
from services.detector.handlers.detect import DetectHandler
from services.detector.handlers.plan import PlanHandler
from services.detector.video.decoders import decoders_of

READ_AHEAD = 1
"""Detect tasks in hand beyond those that read frames: inputs are fetched and results stored meanwhile."""

_DECODING = DecodingLimits()


def build(surroundings: Surroundings, library: ModelLibrary, devices: Devices = CPU_ALONE, decoding: DecodingLimits = _DECODING) -> Worker:
    """The detector's worker, for services and embedded runs alike."""
    cv2.setNumThreads(1)  # segments are processed side by side; threads inside one would fight them for cores
    decoders = decoders_of(decoding)
    decoders.prepare(1)  # more come with the tasks
    plan = PlanHandler(library, devices, decoders)
    detect = DetectHandler(library, devices.own, decoders, turns=surroundings.slots)
    handlers: Handlers = {Stage.PLAN: (plan, 1), Stage.DETECT: (detect, surroundings.slots + READ_AHEAD)}
    return assemble(surroundings, "services.detector", handlers, lambda: detect.warm_up(plan.preferred_detector()))
