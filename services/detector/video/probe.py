"""What a video is, and how it is cut: found without decoding more than its first frame."""

from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

from av.container import InputContainer
from av.video.stream import VideoStream

from castlist.domain.video import Segment, VideoPlan
from castlist.errors import InputError
from services.detector.video.containers import SOUGHT_EXACTLY, check_size, container_name, opened_video
from services.detector.video.packets import PacketTimes, frames_in, packet_times, packets_of
from services.detector.video.pictures import upright_size
from services.detector.video.segments import segments_at_keyframes

_FALLBACK_RATE = Fraction(25)
_HIGHEST_RATE = 1000
_LARGEST_DENOMINATOR = 1001  # as in 30000/1001


class ProbedVideo(NamedTuple):
    """A video's plan, how many of the frames that it declares are not in the file, and warnings for the user."""

    plan: VideoPlan
    lost_frames: int
    warnings: tuple[str, ...]


def probe(path: Path, segment_s: float, name: str = "the video") -> ProbedVideo:
    """Look at a video and cut it into segments of about `segment_s` seconds; `name` stands for the file in messages.

    Raises `InputError` for what can't be processed.
    """
    with opened_video(path, name) as (container, stream):
        times = packet_times(container, stream)
        if times.shown_count == 0:
            raise InputError(f"{name}: its video stream holds no frames, so the recording or the copy was cut off; copy it again")
        rate = _frame_rate(stream, times)
        declared_count, codec, kind = stream.frames, stream.codec_context.codec.canonical_name, container_name(container)
        time_base = stream.time_base or 1 / rate
    with opened_video(path, name) as (container, stream):
        width_px, height_px = _first_frame_size(container, stream, times, name)
    first_pts, end_pts = (int(times.pts[0]), times.end_pts) if times.trusted else (0, times.shown_count)
    time_base = time_base if times.trusted else 1 / rate
    plan = VideoPlan(
        width_px=width_px,
        height_px=height_px,
        time_base=time_base,
        first_pts=first_pts,
        frame_rate=rate,
        declared_frame_count=declared_count,
        duration_s=float((end_pts - first_pts) * time_base),
        container=kind,
        codec=codec,
        segments=segments_at_keyframes(times.pts, end_pts, times.keyframe_pts, time_base, segment_s)
        if times.trusted and kind in SOUGHT_EXACTLY
        else (Segment(first_pts, end_pts),),
        times_counted=not times.trusted,
    )
    lost_frames = max(0, declared_count - times.stored_count)
    return ProbedVideo(plan, lost_frames, _warnings(plan, lost_frames, name))


def _frame_rate(stream: VideoStream, times: PacketTimes) -> Fraction:
    """The stated rate unless the times contradict it; headers are known to state 1000 or 90000."""
    stated = stream.average_rate or Fraction(0)
    if not 0 < stated <= _HIGHEST_RATE:
        stated = _FALLBACK_RATE
    if not times.trusted or len(times.pts) < 2:
        return stated
    span = int(times.pts[-1] - times.pts[0]) * (stream.time_base or Fraction(1))
    measured = (len(times.pts) - 1) / span
    if measured > _HIGHEST_RATE or abs(stated / measured - 1) < Fraction(1, 10):
        return stated
    return max(measured.limit_denominator(_LARGEST_DENOMINATOR), Fraction(1, _LARGEST_DENOMINATOR))


def _first_frame_size(container: InputContainer, stream: VideoStream, times: PacketTimes, name: str) -> tuple[int, int]:
    for packet in packets_of(container, stream):
        for frame in frames_in(packet):
            check_size(frame.width, frame.height, name)
            return upright_size(frame)
    raise InputError(
        f"{name}: none of its {times.shown_count} frames can be decoded, the file is damaged; "
        "copy it again, or check that it plays elsewhere"
    )


def _warnings(plan: VideoPlan, lost_frames: int, name: str) -> tuple[str, ...]:
    warnings = []
    if lost_frames:
        warnings.append(
            f"{name} was cut off: {lost_frames} of the {plan.declared_frame_count} frames that it declares "
            "are not in the file and missing from the result"
        )
    if plan.times_counted:
        warnings.append(
            f"{name} states no usable times for its frames, so they are taken to come evenly, {float(plan.frame_rate):g} a second"
        )
    return tuple(warnings)
