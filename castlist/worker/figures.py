"""What a worker tells about itself in figures."""

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from castlist.domain.jobs import Stage, TaskDone
from castlist.domain.video import ModelChoice
from castlist.measures import (
    CROPS_EMBEDDED,
    FRAMES_DECODED,
    FRAMES_LOST,
    MODEL_INFO,
    REDELIVERED,
    REUSED,
    SLOTS,
    Measures,
    Metric,
    begin_at_zero,
)
from castlist.ports import Delivery

_COUNTED: Mapping[tuple[Stage, str], Metric] = {
    (Stage.DETECT, "frames"): FRAMES_DECODED,
    (Stage.DETECT, "lost_frames"): FRAMES_LOST,
    (Stage.EMBED, "crops"): CROPS_EMBEDDED,
}
"""Metrics of what a stage's results count."""


class WorkerFigures:
    """Busy slots and work done, by stage. For one event loop."""

    def __init__(self, measures: Measures, slots: Mapping[Stage, int]) -> None:
        self._measures = measures
        self._slots = slots
        self._busy = Counter[Stage]()
        for stage in slots:
            self._tell_slots(stage)
        for metric in (REDELIVERED, REUSED):
            begin_at_zero(measures, metric, "stage", slots)

    @contextmanager
    def in_hand(self, stage: Stage, delivery: Delivery) -> Iterator[None]:
        """While a task occupies a slot."""
        if delivery.delivery_count > 1:
            self._measures.count(REDELIVERED, stage=stage)
        self._busy[stage] += 1
        self._tell_slots(stage)
        try:
            yield
        finally:
            self._busy[stage] -= 1
            self._tell_slots(stage)

    def done(self, done: TaskDone) -> None:
        """Count a result, unless it was there before."""
        if done.reused:
            self._measures.count(REUSED, stage=done.stage)
            return
        for (stage, name), metric in _COUNTED.items():
            if stage == done.stage:
                self._measures.count(metric, done.counts.get(name, 0))

    def warm(self, model: ModelChoice) -> None:
        self._measures.set(MODEL_INFO, 1, name=model.name, sha256=model.sha256, runtime=model.runtime)

    def _tell_slots(self, stage: Stage) -> None:
        self._measures.set(SLOTS, self._busy[stage], stage=stage, state="busy")
        self._measures.set(SLOTS, self._slots[stage] - self._busy[stage], stage=stage, state="idle")
