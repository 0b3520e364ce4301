"""However long the video, a segment costs what a segment costs: the state forgets who is gone, and tracking in pieces changes nothing."""

from fractions import Fraction

import numpy as np
import pytest

from castlist.codec.messages import decode_tracker_state, decode_tracks, encode_detections, encode_video_plan
from castlist.domain.jobs import Stage, Task
from castlist.domain.parameters import TrackParameters
from castlist.domain.records import SegmentDetections, SegmentTracks
from castlist.domain.resolving import resolve
from castlist.domain.video import VideoPlan
from services.tracker.algorithms.bytetrack import initial_state, track_segment
from services.tracker.handler import handle
from tests.fixtures.stored_objects import StoredObjects

SEGMENTS, FRAMES = 40, 100
LANES = 10
RATE = 30
BUFFER_FRAMES = 60


def passers_by(frames: int) -> SegmentDetections:
    """Ten lanes; in each one after the other walks across, is seen for 70 frames and hidden for 10, with boxes that tremble."""
    generator = np.random.default_rng(7)
    lane, frame = np.meshgrid(np.arange(LANES), np.arange(frames))
    step = (frame + 8 * lane) % 80
    corners = np.stack([5.0 * step, 100.0 * lane], axis=-1) + generator.normal(0, 0.5, (frames, LANES, 2))
    seen = (step < 70) & (generator.random((frames, LANES)) < 0.95)
    rows = corners[seen]
    return SegmentDetections(
        frame_pts=np.arange(frames, dtype=np.int64),
        examined=np.ones(frames, np.bool_),
        detection_counts=np.count_nonzero(seen, axis=1).astype(np.int64),
        boxes=np.concatenate([rows, rows + np.array([30.0, 80.0])], axis=1).astype(np.float32),
        confidences=np.full(len(rows), 0.9, np.float32),
    )


def cut(detections: SegmentDetections, first: int, last: int) -> SegmentDetections:
    stops = np.concatenate([[0], np.cumsum(detections.detection_counts)])
    rows = slice(stops[first], stops[last])
    columns = (detections.frame_pts, detections.examined, detections.detection_counts)
    return SegmentDetections(*(column[first:last] for column in columns), detections.boxes[rows], detections.confidences[rows])


@pytest.fixture(scope="module")
def whole() -> SegmentDetections:
    return passers_by(SEGMENTS * FRAMES)


@pytest.fixture(scope="module")
def pieces(whole: SegmentDetections) -> list[tuple[SegmentTracks, bytes, int]]:
    """Each segment's tracks, the state after it as it is stored, and how many bytes its task had read."""
    found: list[tuple[SegmentTracks, bytes, int]] = []
    video = encode_video_plan(VideoPlan(640, 1080, Fraction(1, RATE), 0, Fraction(RATE), 0, 0.0, "mp4", "h264", ()))
    for number in range(SEGMENTS):
        objects = StoredObjects()
        read = [("video", video), ("detections", encode_detections(cut(whole, number * FRAMES, (number + 1) * FRAMES)))]
        if found:
            read.append(("state", found[-1][1]))
        task = Task("job", Stage.TRACK, number, 0, resolve({})[Stage.TRACK], tuple(objects.add(*item) for item in read))
        made = {output.name: output.data for output in handle(task, objects).outputs}
        found.append((decode_tracks(made["tracks"]), made["state"], sum(len(data) for _, data in read)))
    return found


def test_in_pieces_as_in_one(whole: SegmentDetections, pieces: list[tuple[SegmentTracks, bytes, int]]) -> None:
    at_once, _ = track_segment(initial_state(), whole, TrackParameters(), RATE)
    assert len(np.unique(at_once.track_ids)) > 300
    for name in ("track_ids", "frame_numbers", "detection_indices", "boxes", "confidences"):
        assert np.array_equal(np.concatenate([getattr(tracks, name) for tracks, _, _ in pieces]), getattr(at_once, name)), name


def test_state_and_reading_stay_as_small_as_at_the_beginning(pieces: list[tuple[SegmentTracks, bytes, int]]) -> None:
    states, read = [len(state) for _, state, _ in pieces], [count for _, _, count in pieces]
    assert max(states) < 2 * LANES * 700, "as many tracks as can be waited for, at some 640 bytes each"
    assert max(states[30:]) <= 1.2 * max(states[2:10])
    assert max(read[30:]) <= 1.1 * max(read[2:10])


def test_who_is_gone_for_longer_than_the_buffer_is_forgotten(pieces: list[tuple[SegmentTracks, bytes, int]]) -> None:
    for _, data, _ in pieces:
        state = decode_tracker_state(data)
        assert np.all(state.frame_count - 1 - state.last_frames <= BUFFER_FRAMES)
