"""Stand-ins for all stages, for benchmarks only: they sleep as long as a GPU would compute, and store objects of real size.

Sizes in bytes are those of `examples/campus.mp4`, scaled where a 25 fps video or a larger batch has more: 450 kB of crops
for a segment of 5 s, 3 kB for each crop in a batch of 256.
"""

import hashlib
import time
from collections.abc import Mapping
from dataclasses import dataclass

from castlist.domain.jobs import Stage, Task
from castlist.ports import Handler, ObjectReader, Output, TaskResult
from castlist.worker.assembly import Handlers

SMALL_BYTES = 200
"""Of every object where only the number of messages matters."""

_SIZES: Mapping[Stage, Mapping[str, int]] = {
    Stage.PLAN: {"video": 150, "detector": 200, "embedder": 200},
    Stage.DETECT: {"detections": 25_000, "thumbnails": 120_000, "crops": 450_000},
    Stage.TRACK: {"tracks": 16_000, "state": 3_500},
    Stage.PICK: {"shots.json": 1_000, "tracklets": 90_000, "crop_table": 60_000, "kept_crops": 4_000_000},
    Stage.EMBED: {"embeddings": 400_000},
    Stage.GROUP: {"tracklets_split": 90_000, "persons": 90_000, "splits.json": 2_000},
    Stage.COMPARE: {"cast": 3_000, "similarity_matrix.json": 17_000},
    Stage.CAST: {"canonical_persons.npz": 90_000, "appearances.json": 8_000, "ranking_results.json": 5_000, "person_crops": 2_700_000},
    Stage.REPORT: {"person_selection.html": 3_300_000},
}
_BATCH_BYTES = 760_000


@dataclass(frozen=True, slots=True)
class Load:
    """What each job has, and how long a GPU would take. `small`: objects of a few bytes and one object a task."""

    segments: int
    batches: int
    source_bytes: int = SMALL_BYTES
    detect_s: float = 0.0
    embed_s: float = 0.0
    small: bool = False

    @property
    def expected(self) -> dict[Stage, int]:
        """Tasks of a job whose video was handed in."""
        return dict.fromkeys(_SIZES, 1) | {Stage.DETECT: self.segments, Stage.TRACK: self.segments, Stage.EMBED: self.batches}


def handlers(load: Load, slots: Mapping[Stage, int]) -> Handlers:
    """Handlers of the stages that have slots."""
    return {stage: (_stand_in(load, stage), count) for stage, count in slots.items() if count}


def _stand_in(load: Load, stage: Stage) -> Handler:
    sleep_s = {Stage.DETECT: load.detect_s, Stage.EMBED: load.embed_s}.get(stage, 0.0)

    def handle(task: Task, objects: ObjectReader) -> TaskResult:
        if not load.small:
            _read_inputs(task, objects)
        time.sleep(sleep_s)
        sizes = dict(list(_SIZES[stage].items())[: 1 if load.small and stage is not Stage.PLAN else None])
        named = {f"crops.{task.index}" if name == "crops" else name: size for name, size in sizes.items()}
        outputs = [Output(name, _content(task, name, SMALL_BYTES if load.small else size)) for name, size in named.items()]
        if stage is Stage.PICK:
            size = SMALL_BYTES if load.small else _BATCH_BYTES
            outputs += [Output("embed_crops", _content(task, f"batch {number}", size)) for number in range(load.batches)]
        return TaskResult(outputs, {"segments": load.segments} if stage is Stage.PLAN else {})

    return handle


def _read_inputs(task: Task, objects: ObjectReader) -> None:
    """As the real stages do: a local copy of the video and of the persons' crops, all else in memory."""
    for item in task.inputs:
        if item.name == "person_crops" or (item.name == "source" and task.stage in (Stage.PLAN, Stage.DETECT)):
            objects.local_path(item.ref)
        elif item.name != "source" and not item.name.startswith("crops."):
            objects.read(item.ref)


def _content(task: Task, name: str, size: int) -> bytes:
    """Bytes that no other object has, the same for the same task."""
    seed = hashlib.sha256(f"{task.job_id} {task.stage} {task.index} {name}".encode()).digest()
    return (seed * (size // len(seed) + 1))[:size]
