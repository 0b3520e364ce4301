"""Frames of one segment, decoded from the original file."""

from array import array
from collections.abc import Callable, Iterator
from fractions import Fraction
from itertools import chain
from pathlib import Path

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from castlist.domain.damage import DamagedSpan, joined_spans
from castlist.domain.video import Segment, VideoPlan
from services.detector.video.containers import LARGEST_SIDE_PX, VideoFile, opened_video, unheard
from services.detector.video.missing import damaged_stretches
from services.detector.video.packets import frames_in, in_turn, is_entry, is_shown, packets_of, shows_nothing
from services.detector.video.pictures import upright_bgr
from services.detector.video.records import Frame, ReadingReport

_STEPS_BACK_S = (0, 1, 5, 30, 120)
_LATELY = 256  # packets, more than any decoder holds back

Packets = Iterator["Packet[VideoStream]"]


def frames_of(
    path: Path,
    plan: VideoPlan,
    segment: Segment,
    report: ReadingReport | None = None,
    name: str = "the video",
    sign: Callable[[], None] = unheard,
) -> Iterator[Frame]:
    """The segment's frames in order, each once, one at a time in memory. Damaged packets are skipped and told in `report`.

    Reading starts at the last keyframe that is not later than the segment, so a frame is the same
    whichever way the video is cut. Raises `InputError` for a file that can't be opened.
    """
    times = _Times()
    largest_side_px = max(LARGEST_SIDE_PX, plan.width_px, plan.height_px)
    with opened_video(path, name, largest_side_px, sign) as file:
        packets = _packets_from(file, plan, segment)
        if packets is not None:
            yield from _pictures(_frames_within(packets, plan, segment, times), plan)
    if packets is None:
        with opened_video(path, name, largest_side_px, sign) as file:  # it can't be sought in, so it is read from its start
            yield from _pictures(_frames_within(packets_of(file), plan, segment, times), plan)
    if report is not None:
        times.tell(report, plan, segment)


class _Times:
    """Times of the frames that are stored for a segment, and of those that were decoded, with what they are: some 20 bytes each."""

    def __init__(self) -> None:
        self.stored_count = 0
        self.stored, self.decoded, self.damaged, self.keyframes = array("q"), array("q"), array("b"), array("b")

    def stores_twice(self, pts: int) -> bool:
        """Whether two packets that came lately have this time: a second frame of it is then none that a decoder repeats."""
        return self.stored[-_LATELY:].count(pts) > 1

    def tell(self, report: ReadingReport, plan: VideoPlan, segment: Segment) -> None:
        damaged, keyframes = (np.frombuffer(flags, np.int8).astype(bool) for flags in (self.damaged, self.keyframes))
        report.stored_frames, report.decoded_frames = self.stored_count, len(self.decoded)
        report.damaged_frames = int(damaged.sum())
        decoded = np.frombuffer(self.decoded, np.int64)
        stored = decoded if plan.times_counted else in_turn(np.sort(np.frombuffer(self.stored, np.int64)))
        spans = [
            DamagedSpan(plan.seconds(start_pts), plan.seconds(end_pts), lost, hurt)
            for start_pts, end_pts, lost, hurt in damaged_stretches(stored, decoded, damaged, keyframes, segment.end_pts)
        ]
        if plan.times_counted and report.lost_frames:  # which these are is not known: the others moved up
            spans.append(DamagedSpan(plan.seconds(segment.start_pts), plan.seconds(segment.end_pts), report.lost_frames))
        report.damage = joined_spans(spans)


def _pictures(frames: Iterator[tuple[int, VideoFrame]], plan: VideoPlan) -> Iterator[Frame]:
    for pts, frame in frames:
        yield Frame(pts, upright_bgr(frame, plan.width_px, plan.height_px))


def _packets_from(file: VideoFile, plan: VideoPlan, segment: Segment) -> Packets | None:
    """Packets from a keyframe at or before the segment's start; None if seeking never leads there.

    Containers seek by decoding time or by guess, so where a seek led is checked, and tried from further back.
    """
    if segment.start_pts <= plan.first_pts:
        return packets_of(file)
    for step_s in _STEPS_BACK_S:
        target = segment.start_pts - int(Fraction(step_s) / plan.time_base)
        try:
            file.container.seek(max(target, plan.first_pts), stream=file.stream, backward=True)
        except (av.FFmpegError, OSError):
            return None
        packets = packets_of(file)
        keyframe = next((packet for packet in packets if is_entry(packet, plan.codec)), None)
        if keyframe is not None and keyframe.pts is not None and keyframe.pts <= segment.start_pts:
            return chain([keyframe], packets)
        if target <= plan.first_pts:
            return None
    return None


def _frames_within(packets: Packets, plan: VideoPlan, segment: Segment, times: _Times) -> Iterator[tuple[int, VideoFrame]]:
    """Frames with `start <= pts < end` and their times, of which frames that have the same are moved on by a unit.

    Decoders give frames in order of presentation.
    """
    last_pts = stated_pts = segment.start_pts - 1
    for packet in packets:
        if is_shown(packet, plan.codec) and not shows_nothing(packet):
            if plan.times_counted:
                times.stored_count += 1
            elif packet.pts is not None and segment.start_pts <= packet.pts < segment.end_pts:
                times.stored_count += 1
                times.stored.append(packet.pts)
        for frame in frames_in(packet):
            pts = last_pts + 1 if plan.times_counted or frame.pts is None else frame.pts
            if pts >= segment.end_pts:
                return
            if pts > stated_pts or (pts == stated_pts and times.stores_twice(pts)):
                last_pts, stated_pts = max(pts, last_pts + 1), pts
                times.decoded.append(last_pts)
                times.damaged.append(frame.is_corrupt)
                times.keyframes.append(frame.key_frame)
                yield last_pts, frame
