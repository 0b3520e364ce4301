"""Frames a second of trackers alone, one core, on synthetic scenes of 10 and 100 people.

    .venv/bin/python -m benchmarks.association
    .venv-quality/bin/python -W ignore -m benchmarks.association

The second one, where `make quality` has set up the other trackers, measures these as well, in the same process and in turn.
"""

import importlib.util
import time
from collections.abc import Callable, Mapping

import numpy as np

from castlist.domain.parameters import TrackParameters
from castlist.domain.records import SegmentDetections
from services.tracker.algorithms.bytetrack import initial_state, track_segment

_FRAME_PX = np.array([1920.0, 1080.0])
_PERSON_PX = np.array([40.0, 100.0])
FRAMES_PER_S = 25.0


def scene(people: int, frames: int, seed: int) -> SegmentDetections:
    """People who walk straight on and turn at the frame's border, boxes with noise, one in ten detections weak."""
    generator = np.random.default_rng(seed)
    room = _FRAME_PX - _PERSON_PX
    start = generator.random((people, 2)) * room
    step = generator.normal(0, 3, (people, 2))
    unfolded = start + np.arange(frames)[:, None, None] * step
    corners = room - np.abs(room - np.mod(unfolded, 2 * room)) + generator.normal(0, 1, (frames, people, 2))
    confidences = np.where(generator.random((frames, people)) < 0.1, 0.3, 0.9)
    order = np.argsort(-confidences, axis=1, kind="stable")
    corners = np.take_along_axis(corners, order[..., None], axis=1).reshape(-1, 2)
    return SegmentDetections(
        frame_pts=np.arange(frames, dtype=np.int64),
        examined=np.ones(frames, np.bool_),
        detection_counts=np.full(frames, people, np.int64),
        boxes=np.concatenate([corners, corners + _PERSON_PX], axis=1).astype(np.float32),
        confidences=np.take_along_axis(confidences, order, axis=1).ravel().astype(np.float32),
    )


def ours(detections: SegmentDetections) -> None:
    track_segment(initial_state(), detections, TrackParameters(), FRAMES_PER_S)


def others(detections: SegmentDetections) -> Mapping[str, Callable[[], None]]:
    """The peers of `make quality`, none where they are not installed; their inputs are made beforehand."""
    if importlib.util.find_spec("trackers") is None:
        return {}
    import supervision  # noqa: PLC0415 (an environment of its own has it)

    from benchmarks.peers import PEERS  # noqa: PLC0415 (as above)

    stops = np.cumsum(detections.detection_counts)[:-1]
    rows = zip(np.split(detections.boxes, stops), np.split(detections.confidences, stops), strict=True)
    frames = [supervision.Detections(xyxy=boxes, confidence=confidences) for boxes, confidences in rows]

    def follow(make: Callable[[float], object]) -> None:
        tracker = make(FRAMES_PER_S)
        for frame in frames:
            tracker.update(frame)

    return {name: lambda make=make: follow(make) for name, make in PEERS.items()}


def frames_per_second(people: int, frames: int, repeats: int = 3) -> dict[str, float]:
    """By tracker the best of a few runs, in turn, by CPU time."""
    detections = scene(people, frames, seed=people)
    runs = {"Castlist": lambda: ours(detections), **others(detections)}
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(repeats):
        for name, run in runs.items():
            started = time.process_time()
            run()
            seconds[name].append(time.process_time() - started)
    return {name: frames / min(taken) for name, taken in seconds.items()}


if __name__ == "__main__":
    for people, frames in ((10, 2000), (100, 300)):
        for name, speed in frames_per_second(people, frames).items():
            print(f"{people:4d} detections a frame: {name:10} {speed:8.0f} frames/s")
