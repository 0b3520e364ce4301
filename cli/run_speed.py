"""How long a job took next to the length of its video, and whether that is acceptable."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from castlist.acceptance import acceptance
from castlist.codec.documents import decode_json
from castlist.domain.acceptance import judge
from castlist.domain.jobs import REVISED, TaskDone


@dataclass(frozen=True, slots=True)
class VideoLength:
    """Seconds of video, 0 if not known, and whether a GPU looked for people in it."""

    seconds: float
    on_gpu: bool


UNKNOWN = VideoLength(0.0, on_gpu=False)


def length_of(folder: Path) -> VideoLength:
    """What the results in a folder say of it."""
    metrics, record = folder / "track_metrics.json", folder / "run.json"
    if not metrics.is_file() or not record.is_file():
        return UNKNOWN
    runtime = decode_json(record.read_bytes())["models"]["detector"]["runtime"]
    return VideoLength(decode_json(metrics.read_bytes())["video_seconds"], on_gpu="cuda" in runtime.lower())


def run_speed(runs: Iterable[TaskDone], wall_s: float, video: VideoLength) -> Mapping[str, object]:
    """`realtime_factor`, seconds of work for a second of video (`realtime_factor_gpu` on a GPU), and the verdict on it.

    Empty where it says nothing: for a job that took work over from an earlier one, or was edited since.
    """
    if video.seconds <= 0 or any(run.reused or (run.stage in REVISED and run.index > 0) for run in runs):
        return {}
    figures = {"realtime_factor_gpu" if video.on_gpu else "realtime_factor": wall_s / video.seconds}
    criteria = [criterion for criterion in acceptance("timings") if criterion.metric in figures]
    return {**figures, "acceptance": [asdict(judgement) for judgement in judge(criteria, figures)]}
