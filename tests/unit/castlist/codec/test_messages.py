from dataclasses import replace
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
from castlist.codec.shots import cuts_of, shot_state_message, shot_state_of
from castlist.contracts.v1 import tracks_pb2
from castlist.domain.records import SegmentDetections, SegmentTracks, TrackerState
from castlist.domain.shots import PendingCut, ShotCut, ShotState, Thumbnails, Transition
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
    cuts = tuple(ShotCut(49 + row, kind, 48, 0.1) for row, kind in enumerate(list(Transition)[:count]))
    sure = np.full(count, 0.5, np.float32)
    tracks = SegmentTracks(50, 300, np.array([7, 8]), cuts, rows + 1, rows + 50, rows + 300, boxes, sure, rows + 90)
    assert_same(decode_tracks(encode_tracks(tracks)), tracks)
    of_a_moving_camera = replace(tracks, camera=np.array([[1, 0, 0, 0], [1.01, -0.02, 3.5, -4]]))
    assert_same(decode_tracks(encode_tracks(of_a_moving_camera)), of_a_moving_camera)


@pytest.mark.parametrize("numbers", [[1.0, 0.0, 0.0], [1.0, 0.0, 0.0, float("nan")]])
def test_a_broken_motion_of_the_camera_is_told(numbers) -> None:
    with pytest.raises(ObjectCorrupt, match="camera's motion"):
        decode_tracks(tracks_pb2.SegmentTracks(frame_pts=[7], camera_motion=numbers).SerializeToString())


@pytest.mark.parametrize("count", [0, 2])
def test_tracker_state_survives_the_wire(count) -> None:
    ids = np.arange(count)
    shots = shot_state(count)
    state = TrackerState(9, 50, 300, ids, ids % 4, ids, ids + 4, np.full((count, 8), 0.1), np.full((count, 8, 8), 1 / 3), shots)
    decoded = decode_tracker_state(encode_tracker_state(state))
    assert_same(replace(decoded, shots=None), replace(state, shots=None))
    assert_same(replace(decoded.shots, kept=None), replace(shots, kept=None))
    assert_same(decoded.shots.kept, shots.kept)


def shot_state(count):
    frames = np.arange(count) + 40
    pictures = np.arange(count * 32, dtype=np.uint8)
    kept = Thumbnails(pictures.reshape(count, 4, 8), pictures[: count * 4].reshape(count, 2, 1, 2))
    pending = tuple(PendingCut(ShotCut(frame, Transition.FADE, frame - 1, 0.5), 40, sure=True, changes=(0.1, 0.2)) for frame in (45, 47))
    last, clear = (41, 40) if count else (-1, -1)
    ticks = pictures[: count * 2].reshape(count, 2 if count else 0)
    return ShotState(50, last, clear, -1, 30, 41.5, 0.05, pending[:count], frames, kept, frames, ticks)


@pytest.mark.parametrize("broken", [{"kept_width": 7}, {"kept_luma": b"1"}, {"tick": b"12345"}, {"last_frame": 39}])
def test_a_broken_state_of_shots_is_told(broken) -> None:
    message = shot_state_message(shot_state(2))
    for name, value in broken.items():
        setattr(message, name, value)
    with pytest.raises(ObjectCorrupt, match="state of shots"):
        shot_state_of(message)


def test_broken_cuts_are_told() -> None:
    with pytest.raises(ObjectCorrupt, match="the cuts"):
        cuts_of(tracks_pb2.SegmentTracks(cut=[3], cut_transition=[1], cut_from_frame=[3]))
    with pytest.raises(ObjectCorrupt, match="the cuts"):
        cuts_of(tracks_pb2.SegmentTracks(cut=[3], cut_transition=[0], cut_from_frame=[3], cut_score=[0.5]))


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
