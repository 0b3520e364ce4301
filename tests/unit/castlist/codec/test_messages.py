from fractions import Fraction

import numpy as np
import pytest

from castlist.codec.messages import (
    decode_detections,
    decode_model_choice,
    decode_tracker_state,
    decode_tracks,
    decode_video_plan,
    encode_detections,
    encode_model_choice,
    encode_tracker_state,
    encode_tracks,
    encode_video_plan,
)
from castlist.domain.records import SegmentDetections, SegmentTracks, TrackerState
from castlist.domain.video import ModelChoice, Segment, VideoPlan
from castlist.errors import ObjectCorrupt


def assert_same(first, second) -> None:
    for name in first.__dataclass_fields__:
        left, right = getattr(first, name), getattr(second, name)
        np.testing.assert_array_equal(left, right)
        if isinstance(left, np.ndarray):
            assert left.dtype == right.dtype, name
            assert left.shape == right.shape, name


@pytest.mark.parametrize("count", [0, 3])
def test_detections_survive_the_wire(count) -> None:
    detections = SegmentDetections(
        np.array([0, 512, 1024]),
        np.array([True, True, False]),
        np.array([0, count, 0]),
        np.arange(count * 4, dtype=np.float32).reshape(count, 4) + np.float32(0.1),
        np.linspace(0.1, 0.9, count, dtype=np.float32),
    )
    assert_same(decode_detections(encode_detections(detections)), detections)


@pytest.mark.parametrize("count", [0, 2])
def test_tracks_survive_the_wire(count) -> None:
    rows = np.arange(count)
    boxes = np.full((count, 4), 1.5, np.float32)
    tracks = SegmentTracks(
        50, 300, np.array([7, 8]), rows + 51, rows + 1, rows + 50, rows + 300, boxes, np.full(count, 0.5, np.float32), rows + 90
    )
    assert_same(decode_tracks(encode_tracks(tracks)), tracks)


@pytest.mark.parametrize("count", [0, 2])
def test_tracker_state_survives_the_wire(count) -> None:
    ids = np.arange(count)
    state = TrackerState(9, 50, 300, ids, ids % 3, ids, ids + 4, np.full((count, 8), 0.1), np.full((count, 8, 8), 1 / 3))
    assert_same(decode_tracker_state(encode_tracker_state(state)), state)


def test_a_video_plan_survives_the_wire() -> None:
    plan = VideoPlan(
        768,
        576,
        Fraction(1, 12800),
        1024,
        Fraction(30000, 1001),
        795,
        79.5,
        "mov,mp4",
        "h264",
        (Segment(1024, 64000), Segment(64000, 2**40, 63000)),
        times_counted=True,
    )
    assert decode_video_plan(encode_video_plan(plan)) == plan
    assert plan.seconds(1024 + 12800) == 1.0


def test_a_model_choice_survives_the_wire() -> None:
    choice = ModelChoice("yolox_nano", "ab" * 32, "onnxruntime 1.31.1 cpu float32", "the models folder", "another hash", "MIT")
    assert decode_model_choice(encode_model_choice(choice)) == choice


def test_bytes_of_another_kind_are_refused() -> None:
    with pytest.raises(ObjectCorrupt, match=r"are no castlist\.contracts\.v1\.VideoPlan"):
        decode_video_plan(b"\xff\xff\xff")
