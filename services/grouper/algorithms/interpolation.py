"""Rows for frames in which a person was not detected, but can hardly have been elsewhere."""

from dataclasses import replace

import numpy as np

from castlist.domain.records import Person
from services.grouper.algorithms.continuation import Scene, gap_costs, window_frames

NO_DETECTION = -1
_LEAST_SEEN = 0.5  # share of the examined frames of one second, on each side of a gap


def interpolate(person: Person, scene: Scene, max_gap_frames: int, max_cost: float) -> Person:
    """The person with boxes on a straight line across gaps of up to `max_gap_frames` frames without a detection.

    Only across gaps that are at most `max_cost` doubtful (`continuation_costs`), where the motion before leads to the
    motion after, and only where not being detected is an exception: in the second before and in the second after,
    at least half of the examined frames show the person. What flickers is often no person at all. Where nobody was looked
    for in between, only the doubt counts: it was no gap for the tracker. Never across a cut. Interpolated rows have detection index -1 and
    confidence 0; rows stay in order of frame.
    """
    frames = person.frame_numbers
    steps = np.diff(frames)
    looked_for = np.diff(scene.examined_before(frames)) > 1
    rows = np.flatnonzero((steps > 1) & (max_gap_frames > 0) & (~looked_for | (steps - 1 <= max_gap_frames))) + 1
    costs, telling = gap_costs(frames, person.boxes, rows, scene)
    seen = telling >= _LEAST_SEEN * window_frames(scene.frames_per_s) * scene.examined_share
    together = scene.are_in_one_shot(frames[rows - 1], frames[rows])
    rows = rows[together & (costs <= max_cost) & (seen | ~looked_for[rows - 1])]
    missing = steps[rows - 1] - 1
    after = np.repeat(rows, missing)
    into = np.arange(len(after)) - np.repeat(np.cumsum(missing) - missing, missing) + 1
    shares = (into / np.repeat(missing + 1, missing))[:, None]
    boxes = scene.placed(frames, person.boxes)
    new_frames = frames[after - 1] + into
    between = scene.seen(new_frames, boxes[after - 1] * (1 - shares) + boxes[after] * shares)
    order = np.argsort(np.concatenate([frames, new_frames]), kind="stable")
    return replace(
        person,
        frame_numbers=np.concatenate([frames, new_frames])[order],
        detection_indices=np.concatenate([person.detection_indices, np.full(len(after), NO_DETECTION)])[order],
        boxes=np.concatenate([person.boxes, between.astype(np.float32)])[order],
        confidences=np.concatenate([person.confidences, np.zeros(len(after), np.float32)])[order],
    )
