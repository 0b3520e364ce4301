"""The track stage over encoded objects: two segments, the second from the first one's state."""

from fractions import Fraction

import numpy as np

from castlist.codec.messages import decode_tracker_state, decode_tracks, encode_detections, encode_video_plan
from castlist.codec.thumbnails import encode_thumbnails
from castlist.domain.jobs import Stage, Task
from castlist.domain.records import SegmentDetections
from castlist.domain.resolving import resolve
from castlist.domain.video import Segment, VideoPlan
from services.tracker.handler import handle
from tests.fixtures.stored_objects import StoredObjects
from tests.fixtures.views import panned, still, thumbnails


def standing(frames):
    boxes = np.tile(np.array([[100, 100, 130, 180]], np.float32), (frames, 1))
    return SegmentDetections(
        np.arange(frames), np.ones(frames, np.bool_), np.ones(frames, np.int64), boxes, np.full(frames, 0.9, np.float32)
    )


def plan_of(rate, *segments):
    return encode_video_plan(VideoPlan(640, 360, Fraction(1, rate), 0, Fraction(rate), 0, 0.0, "mp4", "h264", segments))


def run(objects, index, *inputs, rate=10, **overrides):
    """`inputs` without a plan get one of that rate."""
    if not any(item.name == "video" for item in inputs):
        inputs = (objects.add("video", plan_of(rate)), *inputs)
    parameters = resolve({f"track.{name}": value for name, value in overrides.items()})[Stage.TRACK]
    result = handle(Task("job", Stage.TRACK, index, 0, parameters, inputs), objects)
    return {output.name: output.data for output in result.outputs}, result.counts


def test_the_state_goes_from_segment_to_segment():
    objects = StoredObjects()
    first, counts = run(objects, 0, objects.add("detections", encode_detections(standing(3))))
    assert counts == {"frames": 3, "tracks": 1, "cuts": 0}
    assert decode_tracks(first["tracks"]).track_ids.tolist() == [1, 1, 1]
    second, counts = run(objects, 1, objects.add("detections", encode_detections(standing(2))), objects.add("state", first["state"]))
    assert counts == {"frames": 2, "tracks": 0, "cuts": 0}
    tracks = decode_tracks(second["tracks"])
    assert (tracks.track_ids.tolist(), tracks.frame_numbers.tolist(), tracks.detection_indices.tolist()) == ([1, 1], [3, 4], [3, 4])
    assert decode_tracker_state(second["state"]).frame_count == 5


def test_parameters_of_the_task_count():
    objects = StoredObjects()
    outputs, counts = run(objects, 0, objects.add("detections", encode_detections(standing(3))), new_track_confidence="0.95")
    assert counts == {"frames": 3, "tracks": 0, "cuts": 0}
    assert len(decode_tracks(outputs["tracks"]).track_ids) == 0


def test_the_same_task_gives_the_same_bytes():
    objects = StoredObjects()
    item = objects.add("detections", encode_detections(standing(3)))
    assert run(objects, 0, item) == run(objects, 0, item)


def test_how_long_is_waited_hangs_on_the_frame_rate():
    """Seen in 5 frames, unseen in 12, seen in 3: 12 frames are two seconds and more at 5 a second, not at 10."""
    rows = np.r_[0:5, 17:20]
    seen = standing(20)
    broken = SegmentDetections(
        seen.frame_pts, seen.examined, np.isin(np.arange(20), rows).astype(np.int64), seen.boxes[rows], seen.confidences[rows]
    )
    for rate, ids in ((5, [1] * 5 + [2] * 3), (10, [1] * 8)):
        objects = StoredObjects()
        outputs, _ = run(objects, 0, objects.add("detections", encode_detections(broken)), rate=rate)
        assert decode_tracks(outputs["tracks"]).track_ids.tolist() == ids


def test_a_cut_at_a_segments_border_ends_all_tracks_and_is_told_by_the_segment_that_is_sure_of_it():
    objects = StoredObjects()
    segments = (Segment(0, 10), Segment(10, 20))
    plan = VideoPlan(640, 360, Fraction(1, 10), 0, Fraction(10), 20, 2.0, "mp4", "h264", segments)
    video = objects.add("video", encode_video_plan(plan))
    detections = objects.add("detections", encode_detections(standing(10)))
    pictures = [objects.add("thumbnails", encode_thumbnails(thumbnails(still(seed, 10)))) for seed in (1, 2)]
    first, counts = run(objects, 0, video, detections, pictures[0])
    assert counts == {"frames": 10, "tracks": 1, "cuts": 0}
    second, counts = run(objects, 1, video, detections, pictures[1], objects.add("state", first["state"]))
    assert counts == {"frames": 10, "tracks": 1, "cuts": 1}
    tracks = decode_tracks(second["tracks"])
    assert ([cut.frame for cut in tracks.cuts], set(tracks.track_ids.tolist())) == ([10], {2})
    # without, the two that stand in the same place are one track
    alone, _ = run(objects, 0, video, detections, pictures[0], shot_cuts="off")
    joined, counts = run(objects, 1, video, detections, pictures[1], objects.add("state", alone["state"]), shot_cuts="off")
    assert (counts["cuts"], set(decode_tracks(joined["tracks"]).track_ids.tolist())) == (0, {1})


def test_thumbnails_may_come_in_parts():
    objects = StoredObjects()
    plan = VideoPlan(640, 360, Fraction(1, 10), 0, Fraction(10), 20, 2.0, "mp4", "h264", (Segment(0, 20),))
    inputs = [objects.add("video", encode_video_plan(plan)), objects.add("detections", encode_detections(standing(20)))]
    whole = objects.add("thumbnails", encode_thumbnails(thumbnails(still(1, 10), still(2, 10))))
    parts = [objects.add("thumbnails", encode_thumbnails(thumbnails(still(seed, 10)))) for seed in (1, 2)]
    assert run(objects, 0, *inputs, whole) == run(objects, 0, *inputs, *parts)


def test_the_cameras_motion_is_told_where_it_is_asked_for():
    objects = StoredObjects()
    views = panned(1, 6, 2.0)  # thumbnails of 64 px for frames of 640
    inputs = objects.add("detections", encode_detections(standing(6))), objects.add("thumbnails", encode_thumbnails(thumbnails(views)))
    told, _ = run(objects, 0, *inputs, camera_motion="on")
    motions = decode_tracks(told["tracks"]).camera
    np.testing.assert_allclose(motions, [[1, 0, 0, 0], *[[1, 0, -20, 0]] * 5], atol=1.5)
    plain, _ = run(objects, 0, *inputs)
    assert decode_tracks(plain["tracks"]).camera is None
