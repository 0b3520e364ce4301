"""What a video is, and how it is cut: found without decoding more than its first frame."""

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
from av.video.stream import VideoStream

from castlist.domain.damage import DamagedSpan, joined_spans, spans_in_words
from castlist.domain.video import Segment, VideoPlan
from castlist.errors import InputError
from services.detector.video.containers import (
    LARGEST_SIDE_PX,
    SOUGHT_EXACTLY,
    VideoFile,
    check_size,
    container_name,
    opened_video,
    reader_faults,
    unheard,
)
from services.detector.video.diagnosis import lacks_its_end
from services.detector.video.missing import Stretch, holes
from services.detector.video.packets import PacketTimes, frames_in, packet_times, packets_of
from services.detector.video.pictures import upright_size
from services.detector.video.records import ProbedVideo
from services.detector.video.segments import segment_length_s, segments_at_keyframes
from services.detector.video.transport_streams import is_out_of_step

_FALLBACK_RATE = Fraction(25)
_HIGHEST_RATE = 1000
_LARGEST_DENOMINATOR = 1001  # as in 30000/1001
_SHORTEST_PAUSE_S = 1.0
_PAUSE_STEPS = 10  # times what usually lies between frames
_DECLARED_AND_MISSING_S, _DECLARED_AND_MISSING_SHARE = 0.5, 0.02
_FEW_FRAMES = 1.5
_MICROSECONDS = Fraction(1, 1_000_000)


def probe(
    path: Path,
    segment_s: float,
    name: str = "the video",
    largest_side_px: int = LARGEST_SIDE_PX,
    sign: Callable[[], None] = unheard,
) -> ProbedVideo:
    """Look at a video and cut it into segments of about `segment_s` seconds, 0 for the usual; `name` stands for the file in messages.

    Raises `InputError` for what can't be processed.
    """
    with reader_faults() as faults, opened_video(path, name, largest_side_px, sign) as file:
        times = packet_times(file)
        if times.shown_count == 0:
            raise InputError(f"{name}: its video stream holds no frames, so the recording or the copy was cut off; copy it again")
        plan = _plan(file, times, segment_s)
        declared_end_s = _declared_end_s(file, plan)
    stored_count = _stored_count(times, plan)
    if plan.container == "mp4" and stored_count < plan.declared_frame_count:
        with opened_video(path, name, largest_side_px, sign, whole=True) as file:
            stored_count = sum(packet.size > 0 for packet in packets_of(file))
    with opened_video(path, name, largest_side_px, sign) as file:
        width_px, height_px = _first_frame_size(file, times, largest_side_px)
    plan = replace(plan, width_px=width_px, height_px=height_px)
    gaps = tuple(_span(plan, hole) for hole in holes(times.pts)) if times.trusted else ()
    broken = bool(faults) or (plan.container == "mpegts" and is_out_of_step(path, sign))
    lacks_frames = broken or stored_count < plan.declared_frame_count
    unseen_s = _unseen_s(plan, declared_end_s, broken=broken)
    missing = _missing(plan, stored_count, unseen_s, gaps if lacks_frames else (), at_end=lacks_its_end(path))
    warnings = _warnings(plan, missing, () if lacks_frames else gaps, name, broken=broken)
    return ProbedVideo(plan, sum(span.lost_frames for span in missing), warnings, missing)


def _plan(file: VideoFile, times: PacketTimes, segment_s: float) -> VideoPlan:
    """All but the size."""
    rate, kind = _frame_rate(file.stream, times), container_name(file.container)
    first_pts, end_pts = (int(times.pts[0]), times.end_pts) if times.trusted else (0, times.shown_count)
    time_base = (file.stream.time_base or 1 / rate) if times.trusted else 1 / rate
    duration_s = float((end_pts - first_pts) * time_base)
    return VideoPlan(
        width_px=0,
        height_px=0,
        time_base=time_base,
        first_pts=first_pts,
        frame_rate=rate,
        declared_frame_count=file.stream.frames,
        duration_s=duration_s,
        container=kind,
        codec=file.stream.codec_context.codec.canonical_name,
        segments=segments_at_keyframes(times.pts, end_pts, times.keyframe_pts, time_base, segment_length_s(segment_s, rate, duration_s))
        if times.trusted and kind in SOUGHT_EXACTLY
        else (Segment(first_pts, end_pts),),
        times_counted=not times.trusted,
    )


def _stored_count(times: PacketTimes, plan: VideoPlan) -> int:
    """Frames that the file has; in AVI also the places of its list that are empty, since the frame before is to be shown on."""
    return max(times.stored_count, times.end_pts) if plan.container == "avi" and not plan.times_counted else times.stored_count


def _frame_rate(stream: VideoStream, times: PacketTimes) -> Fraction:
    """The stated rate unless the times, pauses left out, contradict it; headers are known to state 1000 or 90000."""
    stated = stream.average_rate or Fraction(0)
    if not 0 < stated <= _HIGHEST_RATE:
        stated = _FALLBACK_RATE
    if not times.trusted or len(times.pts) < 2:
        return stated
    steps = np.diff(times.pts)
    lasting = steps[steps <= _PAUSE_STEPS * np.median(steps)]
    measured = len(lasting) / (int(lasting.sum()) * (stream.time_base or Fraction(1)))
    if abs(stated / measured - 1) < Fraction(1, 10):
        return stated
    return max(measured.limit_denominator(_LARGEST_DENOMINATOR), Fraction(1, _LARGEST_DENOMINATOR))


def _declared_end_s(file: VideoFile, plan: VideoPlan) -> float:
    """Where the header says that the video ends, in seconds from its first frame; 0 where it does not say, or no time can be compared.

    Matroska states the end of each stream in a tag, or of the longest stream; Flash and ASF of the whole. They count from their own
    second 0, and a video may start hours later.
    """
    if plan.times_counted:
        return 0.0
    tag = file.stream.metadata.get("DURATION", "")
    first_s = float(plan.first_pts * plan.time_base)
    if plan.container == "matroska" and tag:
        return _clock_s(tag) - first_s
    alone = len(file.container.streams) == 1
    if plan.container in {"matroska", "flv", "asf"} and alone and file.container.duration:
        return float(file.container.duration * _MICROSECONDS) - first_s
    return 0.0


def _clock_s(text: str) -> float:
    """Seconds of `00:01:02.5`; 0 for what is none."""
    try:
        hours, minutes, seconds = (float(part) for part in text.split(":"))
    except ValueError:
        return 0.0
    return hours * 3600 + minutes * 60 + seconds


def _unseen_s(plan: VideoPlan, declared_end_s: float, *, broken: bool) -> float:
    """Seconds that are declared and have no frames, 0 where these are few: headers are not exact. A damaged file has lost them."""
    unseen_s = declared_end_s - plan.duration_s
    few_s = _FEW_FRAMES / plan.frames_per_s if broken else max(_DECLARED_AND_MISSING_S, _DECLARED_AND_MISSING_SHARE * declared_end_s)
    return unseen_s if unseen_s > few_s else 0.0


def _missing(
    plan: VideoPlan, stored_count: int, unseen_s: float, gaps: tuple[DamagedSpan, ...], *, at_end: bool
) -> tuple[DamagedSpan, ...]:
    """Stretches of which the file does not hold the frames that it should; `at_end` says that an AVI lacks its end."""
    end_s = plan.duration_s
    uncounted = max(0, plan.declared_frame_count - stored_count)
    if plan.container == "avi":  # its times are places in the list of frames, so that which ones are missing is known of an end alone
        gaps = () if at_end or not uncounted else (DamagedSpan(0.0, end_s, uncounted),)
    behind = uncounted - sum(gap.lost_frames for gap in gaps)
    if behind > 0:
        return joined_spans([*gaps, DamagedSpan(end_s, end_s + behind / plan.frames_per_s, behind)])
    if not uncounted and unseen_s:
        return joined_spans([*gaps, DamagedSpan(end_s, end_s + unseen_s, max(1, round(unseen_s * plan.frames_per_s)))])
    return joined_spans(gaps)


def _span(plan: VideoPlan, hole: Stretch) -> DamagedSpan:
    return DamagedSpan(plan.seconds(hole.start_pts), plan.seconds(hole.end_pts), hole.lost_frames)


def _first_frame_size(file: VideoFile, times: PacketTimes, largest_side_px: int) -> tuple[int, int]:
    for packet in packets_of(file):
        for frame in frames_in(packet):
            check_size(frame.width, frame.height, file.name, largest_side_px)
            return upright_size(frame)
    raise InputError(
        f"{file.name}: none of its {times.shown_count} frames can be decoded, the file is damaged; "
        "copy it again, or check that it plays elsewhere"
    )


def _warnings(
    plan: VideoPlan, missing: tuple[DamagedSpan, ...], gaps: tuple[DamagedSpan, ...], name: str, *, broken: bool
) -> tuple[str, ...]:
    warnings = []
    lost_frames = sum(span.lost_frames for span in missing)
    if lost_frames:
        of_all = f" of the {plan.declared_frame_count} frames that it declares" if plan.declared_frame_count else " frames"
        warnings.append(
            f"{name} was cut off or damaged: {lost_frames}{of_all} are not in the file and missing from the result "
            f"({spans_in_words(missing)})"
        )
    elif broken:
        warnings.append(f"{name}: its container is damaged; frames may be missing from the result")
    pauses = [gap for gap in gaps if gap.end_s - gap.start_s >= _SHORTEST_PAUSE_S]
    if pauses:
        warnings.append(f"{name} holds no frames from {spans_in_words(pauses)}: the recording paused, or parts of the file are lost")
    if plan.times_counted:
        warnings.append(
            f"{name} states no usable times for its frames, so they are taken to come evenly, {float(plan.frame_rate):g} a second"
        )
    return tuple(warnings)
