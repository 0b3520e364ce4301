"""The track stage: a segment's detections and the state before it in, tracks and the state after it out."""

from dataclasses import dataclass, replace

from castlist.codec.messages import decode_detections, decode_tracker_state, decode_video_plan, encode_tracker_state, encode_tracks
from castlist.codec.thumbnails import decode_thumbnails
from castlist.domain.jobs import Task
from castlist.domain.parameters import TrackParameters, build
from castlist.domain.records import Float64, SegmentDetections
from castlist.domain.shots import ShotState
from castlist.domain.video import VideoPlan
from castlist.ports import ObjectReader, Output, TaskResult
from services.tracker.algorithms.bytetrack import initial_state, track_segment
from services.tracker.algorithms.camera_motion import CameraWatch
from services.tracker.algorithms.shot_cuts import find_shots, last_picture
from services.tracker.algorithms.shot_steps import FoundShots, cut_limits


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Track one segment.

    Inputs: `video`, `detections`, `thumbnails` in any number of parts, none for tracks without a video, and `state` but for the
    first segment. One part's thumbnails are in memory at a time.
    """
    parameters = build(TrackParameters, task.parameters)
    detections = decode_detections(objects.read(task.ref("detections")))
    before = decode_tracker_state(objects.read(task.ref("state"))) if task.refs("state") else initial_state()
    video = decode_video_plan(objects.read(task.ref("video")))
    seen = _see(task, objects, before.shots, detections, parameters, video)
    tracks, after = track_segment(before, detections, parameters, video.frames_per_s, seen.shots.steps, seen.camera)
    tracks, after = replace(tracks, cuts=seen.shots.cuts, camera=seen.camera), replace(after, shots=seen.shots.state)
    counts = {"frames": len(tracks.frame_pts), "tracks": after.next_track_id - before.next_track_id, "cuts": len(seen.shots.cuts)}
    return TaskResult((Output("tracks", encode_tracks(tracks)), Output("state", encode_tracker_state(after))), counts)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the thumbnails of a segment show."""

    shots: FoundShots
    camera: Float64 | None


def _see(
    task: Task, objects: ObjectReader, before: ShotState, detections: SegmentDetections, parameters: TrackParameters, video: VideoPlan
) -> _Seen:
    """Shots, and the camera's motion within them, where they are asked for and there are thumbnails."""
    refs = task.refs("thumbnails")
    wanted = parameters.shot_cuts or parameters.camera_motion
    if not wanted or (len(detections.frame_pts) and not refs):
        return _Seen(FoundShots((), {}, before), None)
    watch = CameraWatch(last_picture(before), detections, (video.width_px, video.height_px))
    parts = (decode_thumbnails(objects.read(ref)) for ref in refs)
    watched = (watch.seen(part) for part in parts) if parameters.camera_motion else parts
    limits = cut_limits(parameters, video.frames_per_s)
    found = find_shots(before, watched, limits, at_end=task.index == len(video.segments) - 1)
    camera = watch.motions(found.steps, before.frame_count) if parameters.camera_motion else None
    return _Seen(found if parameters.shot_cuts else FoundShots((), {}, found.state), camera)
