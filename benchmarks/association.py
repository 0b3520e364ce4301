"""Frames a second of the tracker alone, one core, on synthetic scenes of 10 and 100 people.

python benchmarks/association.py
"""

import time

import numpy as np

from castlist.domain.parameters import TrackParameters
from castlist.domain.records import SegmentDetections
from services.tracker.algorithms.bytetrack import initial_state, track_segment

_FRAME_PX = np.array([1920.0, 1080.0])
_PERSON_PX = np.array([40.0, 100.0])


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


def frames_per_second(people: int, frames: int, repeats: int = 3) -> float:
    """Best of a few runs, by CPU time."""
    detections = scene(people, frames, seed=people)
    seconds = []
    for _ in range(repeats):
        started = time.process_time()
        track_segment(initial_state(), detections, TrackParameters())
        seconds.append(time.process_time() - started)
    return frames / min(seconds)


if __name__ == "__main__":
    for people, frames in ((10, 3000), (100, 500)):
        print(f"{people:4d} detections a frame: {frames_per_second(people, frames):8.0f} frames/s")
