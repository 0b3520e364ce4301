"""Tracks made of straight lines, with everything about them known."""

from collections.abc import Callable, Sequence
from fractions import Fraction

import numpy as np
import pytest

from castlist.domain.records import SegmentTracks, Tracklet
from castlist.domain.video import VideoPlan

MakeTracklet = Callable[..., Tracklet]


@pytest.fixture
def make_tracklet() -> MakeTracklet:
    """A box of 20 x 40 px (or `size`) whose centre starts at `at` and moves by `step` a frame."""

    def make(tracklet_id: int, frames: Sequence[int], at=(100.0, 100.0), step=(0.0, 0.0), size=(20.0, 40.0), confidence=0.9) -> Tracklet:
        numbers = np.array(frames, np.int64)
        middles = np.array(at) + (numbers - numbers[0])[:, None] * np.array(step)
        half = np.array(size) / 2
        boxes = np.concatenate([middles - half, middles + half], axis=1).astype(np.float32)
        return Tracklet(tracklet_id, numbers, numbers * 100 + tracklet_id, boxes, np.full(len(numbers), confidence, np.float32))

    return make


@pytest.fixture
def make_segment() -> Callable[..., SegmentTracks]:
    """One segment that holds tracklets, with `frame_count` frames from `frame_offset` on."""

    def make(tracklets: Sequence[Tracklet], frame_count: int, frame_offset: int = 0) -> SegmentTracks:
        frames = np.concatenate([np.zeros(0, np.int64), *(tracklet.frame_numbers for tracklet in tracklets)])
        ids = np.repeat([tracklet.tracklet_id for tracklet in tracklets], [len(t.frame_numbers) for t in tracklets]).astype(np.int64)
        here = (frames >= frame_offset) & (frames < frame_offset + frame_count)
        order = np.lexsort((ids, frames))
        order = order[here[order]]

        def column(name: str, empty: np.ndarray) -> np.ndarray:
            return np.concatenate([empty, *(getattr(tracklet, name) for tracklet in tracklets)])[order]

        return SegmentTracks(
            frame_offset=frame_offset,
            detection_offset=frame_offset * 100,
            frame_pts=np.arange(frame_offset, frame_offset + frame_count),
            cuts=(),
            track_ids=ids[order],
            frame_numbers=frames[order],
            detection_indices=column("detection_indices", np.zeros(0, np.int64)),
            boxes=column("boxes", np.zeros((0, 4), np.float32)),
            confidences=column("confidences", np.zeros(0, np.float32)),
        )

    return make


@pytest.fixture
def video() -> VideoPlan:
    """400 x 300 px at 10 frames a second; one tick of the time base is one frame."""
    return VideoPlan(
        width_px=400,
        height_px=300,
        time_base=Fraction(1, 10),
        first_pts=0,
        frame_rate=Fraction(10),
        declared_frame_count=0,
        duration_s=0.0,
        container="mp4",
        codec="h264",
        segments=(),
    )
