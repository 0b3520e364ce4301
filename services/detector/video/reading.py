"""Frames of one segment, decoded from the original file."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream
from numpy.typing import NDArray

from castlist.domain.video import Segment, VideoPlan
from services.detector.video.containers import opened_video
from services.detector.video.packets import frames_in, is_shown, packets_of
from services.detector.video.pictures import upright_bgr

_STEPS_BACK_S = (0, 1, 5, 30, 120)

Packets = Iterator["Packet[VideoStream]"]


class Frame(NamedTuple):
    """A frame's presentation time in the plan's time base, and its upright picture, BGR `(height, width, 3)`."""

    pts: int
    picture: NDArray[np.uint8]


@dataclass(slots=True)
class ReadingReport:
    """What was met while a segment was read: frames that the file holds for it, frames decoded, and damaged ones among these."""

    stored_frames: int = 0
    decoded_frames: int = 0
    damaged_frames: int = 0

    @property
    def lost_frames(self) -> int:
        return max(0, self.stored_frames - self.decoded_frames)


def frames_of(
    path: Path, plan: VideoPlan, segment: Segment, report: ReadingReport | None = None, name: str = "the video"
) -> Iterator[Frame]:
    """The segment's frames in order, each once, one at a time in memory. Damaged packets are skipped and counted in `report`.

    Reading starts at the last keyframe that is not later than the segment, so a frame is the same
    whichever way the video is cut. Raises `InputError` for a file that can't be opened.
    """
    report = report or ReadingReport()
    with opened_video(path, name) as (container, stream):
        packets = _packets_from(container, stream, plan, segment)
        if packets is not None:
            yield from _pictures(_frames_within(packets, plan, segment, report), plan)
            return
    with opened_video(path, name) as (container, stream):  # it can't be sought in, so it is read from its start
        yield from _pictures(_frames_within(packets_of(container, stream), plan, segment, report), plan)


def _pictures(frames: Iterator[tuple[int, VideoFrame]], plan: VideoPlan) -> Iterator[Frame]:
    for pts, frame in frames:
        yield Frame(pts, upright_bgr(frame, plan.width_px, plan.height_px))


def _packets_from(container: InputContainer, stream: VideoStream, plan: VideoPlan, segment: Segment) -> Packets | None:
    """Packets from a keyframe at or before the segment's start; None if seeking never leads there.

    Containers seek by decoding time or by guess, so where a seek led is checked, and tried from further back.
    """
    if segment.start_pts <= plan.first_pts:
        return packets_of(container, stream)
    for step_s in _STEPS_BACK_S:
        target = segment.start_pts - int(Fraction(step_s) / plan.time_base)
        try:
            container.seek(max(target, plan.first_pts), stream=stream, backward=True)
        except (av.FFmpegError, OSError):
            return None
        packets = packets_of(container, stream)
        keyframe = next((packet for packet in packets if packet.is_keyframe and packet.pts is not None), None)
        if keyframe is not None and keyframe.pts is not None and keyframe.pts <= segment.start_pts:
            return chain([keyframe], packets)
        if target <= plan.first_pts:
            return None
    return None


def _frames_within(packets: Packets, plan: VideoPlan, segment: Segment, report: ReadingReport) -> Iterator[tuple[int, VideoFrame]]:
    """Frames with `start <= pts < end` and their times. Decoders give frames in order of presentation."""
    last_pts = segment.start_pts - 1
    for packet in packets:
        if is_shown(packet) and (plan.times_counted or _within(packet.pts, segment)):
            report.stored_frames += 1
        for frame in frames_in(packet):
            pts = last_pts + 1 if plan.times_counted or frame.pts is None else frame.pts
            if pts >= segment.end_pts:
                return
            if pts > last_pts:
                last_pts = pts
                report.decoded_frames += 1
                report.damaged_frames += frame.is_corrupt
                yield pts, frame


def _within(pts: int | None, segment: Segment) -> bool:
    return pts is not None and segment.start_pts <= pts < segment.end_pts
