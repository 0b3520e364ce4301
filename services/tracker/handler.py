"""The track stage: a segment's detections and the state before it in, tracks and the state after it out."""

from dataclasses import replace

from castlist.codec.messages import decode_detections, decode_tracker_state, decode_video_plan, encode_tracker_state, encode_tracks
from castlist.codec.thumbnails import decode_thumbnails
from castlist.domain.jobs import Task
from castlist.domain.parameters import TrackParameters, build
from castlist.domain.shots import ShotState
from castlist.ports import ObjectReader, Output, TaskResult
from services.tracker.algorithms.bytetrack import initial_state, track_segment
from services.tracker.algorithms.shot_cuts import find_shots
from services.tracker.algorithms.shot_steps import FoundShots, cut_limits


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Track one segment.

    Inputs: `video`, `detections`, `thumbnails` in any number of parts, none for tracks without a video, and `state` but for the
    first segment. One part's thumbnails are in memory at a time.
    """
    parameters = build(TrackParameters, task.parameters)
    detections = decode_detections(objects.read(task.ref("detections")))
    before = decode_tracker_state(objects.read(task.ref("state"))) if task.refs("state") else initial_state()
    shots = _shots(task, objects, before.shots, parameters, frames=len(detections.frame_pts))
    tracks, after = track_segment(before, detections, parameters, shots.steps)
    tracks, after = replace(tracks, cuts=shots.cuts), replace(after, shots=shots.state)
    counts = {"frames": len(tracks.frame_pts), "tracks": after.next_track_id - before.next_track_id, "cuts": len(shots.cuts)}
    return TaskResult((Output("tracks", encode_tracks(tracks)), Output("state", encode_tracker_state(after))), counts)


def _shots(task: Task, objects: ObjectReader, before: ShotState, parameters: TrackParameters, *, frames: int) -> FoundShots:
    refs = task.refs("thumbnails")
    if not parameters.shot_cuts or (frames and not refs):
        return FoundShots((), {}, before)
    video = decode_video_plan(objects.read(task.ref("video")))
    limits = cut_limits(parameters, video.frames_per_s)
    parts = (decode_thumbnails(objects.read(ref)) for ref in refs)
    return find_shots(before, parts, limits, at_end=task.index == len(video.segments) - 1)
