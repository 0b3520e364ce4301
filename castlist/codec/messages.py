"""Domain records as protobuf bytes: video plan, model choice, detections, tracks, tracker state.

The conventions of the wire format are stated in `protos/castlist/contracts/v1/objects.proto`.
"""

from collections.abc import Iterable
from fractions import Fraction
from typing import Any, TypeVar

import numpy as np
from google.protobuf.message import DecodeError, Message

from castlist.codec.shots import cut_columns, cuts_of, shot_state_message, shot_state_of
from castlist.contracts.v1 import detections_pb2, tracks_pb2, video_pb2
from castlist.domain.camera_path import MOTION_COLUMNS
from castlist.domain.records import Float32, Float64, Int64, SegmentDetections, SegmentTracks, TrackerState
from castlist.domain.video import ModelChoice, Segment, VideoPlan
from castlist.errors import ObjectCorrupt

M = TypeVar("M", bound=Message)


def parse(kind: type[M], data: bytes) -> M:
    """Parse a message. Raises `ObjectCorrupt` when the bytes are none."""
    try:
        return kind.FromString(data)
    except DecodeError as error:
        raise ObjectCorrupt(f"these {len(data)} bytes are no {kind.DESCRIPTOR.full_name}: {error}") from error


def encode(message: Message) -> bytes:
    """The same bytes for the same content, map fields included."""
    return message.SerializeToString(deterministic=True)


def encode_video_plan(plan: VideoPlan) -> bytes:
    return encode(
        video_pb2.VideoPlan(
            width_px=plan.width_px,
            height_px=plan.height_px,
            time_base_numerator=plan.time_base.numerator,
            time_base_denominator=plan.time_base.denominator,
            first_pts=plan.first_pts,
            frame_rate_numerator=plan.frame_rate.numerator,
            frame_rate_denominator=plan.frame_rate.denominator,
            declared_frame_count=plan.declared_frame_count,
            duration_seconds=plan.duration_s,
            container=plan.container,
            codec=plan.codec,
            segment_start_pts=[segment.start_pts for segment in plan.segments],
            segment_end_pts=[segment.end_pts for segment in plan.segments],
            segment_previous_pts=[s.start_pts if s.previous_pts is None else s.previous_pts for s in plan.segments],
            times_counted=plan.times_counted,
        )
    )


def decode_video_plan(data: bytes) -> VideoPlan:
    message = parse(video_pb2.VideoPlan, data)
    return VideoPlan(
        width_px=message.width_px,
        height_px=message.height_px,
        time_base=Fraction(message.time_base_numerator, message.time_base_denominator),
        first_pts=message.first_pts,
        frame_rate=Fraction(message.frame_rate_numerator, message.frame_rate_denominator),
        declared_frame_count=message.declared_frame_count,
        duration_s=message.duration_seconds,
        container=message.container,
        codec=message.codec,
        segments=_segments(message),
        times_counted=message.times_counted,
    )


def _segments(message: video_pb2.VideoPlan) -> tuple[Segment, ...]:
    columns = zip(message.segment_start_pts, message.segment_end_pts, message.segment_previous_pts, strict=True)
    return tuple(Segment(start, end, None if previous == start else previous) for start, end, previous in columns)


def encode_model_choice(choice: ModelChoice) -> bytes:
    return encode(
        video_pb2.ModelChoice(
            name=choice.name,
            sha256=bytes.fromhex(choice.sha256),
            runtime=choice.runtime,
            origin=choice.origin,
            note=choice.note,
            licence=choice.licence,
        )
    )


def decode_model_choice(data: bytes) -> ModelChoice:
    message = parse(video_pb2.ModelChoice, data)
    return ModelChoice(message.name, message.sha256.hex(), message.runtime, message.origin, message.note, message.licence)


def encode_detections(detections: SegmentDetections) -> bytes:
    return encode(
        detections_pb2.SegmentDetections(
            frame_pts=detections.frame_pts.tolist(),
            examined=detections.examined.tolist(),
            detection_count=detections.detection_counts.tolist(),
            confidence=detections.confidences.tolist(),
            **_box_columns(detections.boxes),
        )
    )


def decode_detections(data: bytes) -> SegmentDetections:
    message = parse(detections_pb2.SegmentDetections, data)
    return SegmentDetections(
        frame_pts=_int64(message.frame_pts),
        examined=np.array(message.examined, np.bool_),
        detection_counts=_int64(message.detection_count),
        boxes=_boxes(message),
        confidences=np.array(message.confidence, np.float32),
    )


def encode_tracks(tracks: SegmentTracks) -> bytes:
    return encode(
        tracks_pb2.SegmentTracks(
            frame_offset=tracks.frame_offset,
            detection_offset=tracks.detection_offset,
            frame_pts=tracks.frame_pts.tolist(),
            **cut_columns(tracks.cuts),
            unexamined=tracks.unexamined.tolist(),
            track_id=tracks.track_ids.tolist(),
            frame_number=tracks.frame_numbers.tolist(),
            detection_index=tracks.detection_indices.tolist(),
            confidence=tracks.confidences.tolist(),
            camera_motion=[] if tracks.camera is None else tracks.camera.ravel().tolist(),
            **_box_columns(tracks.boxes),
        )
    )


def decode_tracks(data: bytes) -> SegmentTracks:
    message = parse(tracks_pb2.SegmentTracks, data)
    return SegmentTracks(
        frame_offset=message.frame_offset,
        detection_offset=message.detection_offset,
        frame_pts=_int64(message.frame_pts),
        cuts=cuts_of(message),
        track_ids=_int64(message.track_id),
        frame_numbers=_int64(message.frame_number),
        detection_indices=_int64(message.detection_index),
        boxes=_boxes(message),
        confidences=np.array(message.confidence, np.float32),
        unexamined=_int64(message.unexamined),
        camera=_camera(message),
    )


def encode_tracker_state(state: TrackerState) -> bytes:
    return encode(
        tracks_pb2.TrackerState(
            next_track_id=state.next_track_id,
            frame_count=state.frame_count,
            detection_count=state.detection_count,
            track_id=state.track_ids.tolist(),
            status=(state.statuses + 1).tolist(),
            first_frame=state.first_frames.tolist(),
            last_frame=state.last_frames.tolist(),
            mean=state.means.ravel().tolist(),
            covariance=state.covariances.ravel().tolist(),
            shots=shot_state_message(state.shots),
        )
    )


def decode_tracker_state(data: bytes) -> TrackerState:
    message = parse(tracks_pb2.TrackerState, data)
    return TrackerState(
        next_track_id=message.next_track_id,
        frame_count=message.frame_count,
        detection_count=message.detection_count,
        track_ids=_int64(message.track_id),
        statuses=_int64(message.status) - 1,
        first_frames=_int64(message.first_frame),
        last_frames=_int64(message.last_frame),
        means=_float64(message.mean).reshape(-1, 8),
        covariances=_float64(message.covariance).reshape(-1, 8, 8),
        shots=shot_state_of(message.shots),
    )


def _box_columns(boxes: Float32) -> dict[str, Any]:
    return {f"{side}_px": boxes[:, column].tolist() for column, side in enumerate(("x1", "y1", "x2", "y2"))}


def _boxes(message: detections_pb2.SegmentDetections | tracks_pb2.SegmentTracks) -> Float32:
    return np.column_stack([message.x1_px, message.y1_px, message.x2_px, message.y2_px]).astype(np.float32)


def _int64(values: Iterable[int]) -> Int64:
    return np.array(values, np.int64)


def _float64(values: Iterable[float]) -> Float64:
    return np.array(values, np.float64)


def _camera(message: tracks_pb2.SegmentTracks) -> Float64 | None:
    """Raises `ObjectCorrupt` where there are not four numbers for each frame, or none at all."""
    if not message.camera_motion:
        return None
    motions = np.array(message.camera_motion, np.float64)
    if len(motions) != len(MOTION_COLUMNS) * len(message.frame_pts) or not np.isfinite(motions).all():
        raise ObjectCorrupt("these tracks have another camera's motion than frames")
    return motions.reshape(-1, len(MOTION_COLUMNS))
