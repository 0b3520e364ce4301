"""The track stage: a segment's detections and the state before it in, tracks and the state after it out."""

from castlist.codec.messages import decode_detections, decode_tracker_state, encode_tracker_state, encode_tracks
from castlist.domain.jobs import Task
from castlist.domain.parameters import TrackParameters, build
from castlist.ports import ObjectReader, Output, TaskResult
from services.tracker.algorithms.bytetrack import initial_state, track_segment


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Track one segment.

    Inputs: `video`, `detections`, `thumbnails` but for tracks without a video, and `state` but for the first segment.
    """
    detections = decode_detections(objects.read(task.ref("detections")))
    before = decode_tracker_state(objects.read(task.ref("state"))) if task.refs("state") else initial_state()
    tracks, after = track_segment(before, detections, build(TrackParameters, task.parameters))
    counts = {"frames": len(tracks.frame_pts), "tracks": after.next_track_id - before.next_track_id}
    return TaskResult((Output("tracks", encode_tracks(tracks)), Output("state", encode_tracker_state(after))), counts)
