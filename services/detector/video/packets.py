"""When a stream's frames are shown, read from its packets without decoding."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass

import av
import numpy as np
from av.container import InputContainer
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from castlist.domain.records import Int64

_DEEPEST_REORDERING = 64  # packets; H.264 and HEVC hold back 16 frames at most


@dataclass(frozen=True, slots=True)
class PacketTimes:
    """What the packets of a file say: how many there are, how many show a frame, and when.

    `pts` rises, `keyframe_pts` are those that start with a keyframe, `end_pts` is the end of the last
    frame, all in units of the stream's time base. `trusted` says that every frame is decoded with the
    time of its own packet, wherever reading starts.
    """

    stored_count: int
    shown_count: int
    pts: Int64
    keyframe_pts: Int64
    end_pts: int
    trusted: bool


def packets_of(container: InputContainer, stream: VideoStream) -> "Iterator[Packet[VideoStream]]":
    """The stream's packets from here to where the file ends or breaks off, and an empty one that flushes the decoder."""
    packets = container.demux(stream)
    while True:
        try:
            packet = next(packets, None)
        except (av.FFmpegError, OSError):
            return
        if packet is None:
            return
        yield packet


def frames_in(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    """What the decoder gives out for a packet, in order of presentation; nothing for a damaged packet."""
    try:
        return packet.decode()
    except av.FFmpegError:
        return []


def is_shown(packet: "Packet[VideoStream]") -> bool:
    """Neither the flushing packet nor one that an edit list leaves out."""
    return packet.size > 0 and not packet.is_discard


def packet_times(container: InputContainer, stream: VideoStream) -> PacketTimes:
    """Demux the file from here: milliseconds, and two numbers a frame in memory."""
    times, keyframe_times = array("q"), array("q")
    stored_count = shown_count = 0
    duration = 1
    for packet in packets_of(container, stream):
        stored_count += packet.size > 0
        shown_count += is_shown(packet)
        if packet.pts is None or not is_shown(packet):
            continue
        times.append(packet.pts)
        duration = packet.duration or duration
        if packet.is_keyframe:
            keyframe_times.append(packet.pts)
    in_file_order = np.frombuffer(times, np.int64)
    pts = np.unique(in_file_order)
    return PacketTimes(
        stored_count=stored_count,
        shown_count=shown_count,
        pts=pts,
        keyframe_pts=np.unique(np.frombuffer(keyframe_times, np.int64)),
        end_pts=int(pts[-1]) + duration if len(pts) else 0,
        trusted=len(pts) == shown_count and _in_order(in_file_order, pts) and _states_times(container, stream),
    )


def _in_order(in_file_order: Int64, pts: Int64) -> bool:
    """False where time jumps back further than decoders reorder, as in joined recordings."""
    displacement = np.abs(np.searchsorted(pts, in_file_order) - np.arange(len(pts)))
    return bool(np.all(displacement <= _DEEPEST_REORDERING))


def _states_times(container: InputContainer, stream: VideoStream) -> bool:
    """AVI has no presentation times: with B-frames FFmpeg can only guess."""
    return container.format.name != "avi" or stream.codec_context.reorder_depth == 0
