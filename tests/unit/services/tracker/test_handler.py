"""The track stage over encoded objects: two segments, the second from the first one's state."""

import numpy as np

from castlist.codec.messages import decode_tracker_state, decode_tracks, encode_detections
from castlist.domain.jobs import Stage, Task
from castlist.domain.records import SegmentDetections
from castlist.domain.resolving import resolve
from services.tracker.handler import handle
from tests.fixtures.stored_objects import StoredObjects


def standing(frames):
    boxes = np.tile(np.array([[100, 100, 130, 180]], np.float32), (frames, 1))
    return SegmentDetections(
        np.arange(frames), np.ones(frames, np.bool_), np.ones(frames, np.int64), boxes, np.full(frames, 0.9, np.float32)
    )


def run(objects, index, *inputs, **overrides):
    parameters = resolve({f"track.{name}": value for name, value in overrides.items()})[Stage.TRACK]
    result = handle(Task("job", Stage.TRACK, index, 0, parameters, inputs), objects)
    return {output.name: output.data for output in result.outputs}, result.counts


def test_the_state_goes_from_segment_to_segment():
    objects = StoredObjects()
    first, counts = run(objects, 0, objects.add("detections", encode_detections(standing(3))))
    assert counts == {"frames": 3, "tracks": 1}
    assert decode_tracks(first["tracks"]).track_ids.tolist() == [1, 1, 1]
    second, counts = run(objects, 1, objects.add("detections", encode_detections(standing(2))), objects.add("state", first["state"]))
    assert counts == {"frames": 2, "tracks": 0}
    tracks = decode_tracks(second["tracks"])
    assert (tracks.track_ids.tolist(), tracks.frame_numbers.tolist(), tracks.detection_indices.tolist()) == ([1, 1], [3, 4], [3, 4])
    assert decode_tracker_state(second["state"]).frame_count == 5


def test_parameters_of_the_task_count():
    objects = StoredObjects()
    outputs, counts = run(objects, 0, objects.add("detections", encode_detections(standing(3))), new_track_confidence="0.95")
    assert counts == {"frames": 3, "tracks": 0}
    assert len(decode_tracks(outputs["tracks"]).track_ids) == 0


def test_the_same_task_gives_the_same_bytes():
    objects = StoredObjects()
    item = objects.add("detections", encode_detections(standing(3)))
    assert run(objects, 0, item) == run(objects, 0, item)
