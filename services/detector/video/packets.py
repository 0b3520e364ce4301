"""When a stream's frames are shown, read from its packets without decoding."""

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from typing import cast

import av
import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame
from av.video.stream import VideoStream

from castlist.domain.records import Int64
from castlist.errors import InputError
from services.detector.video.containers import VideoFile

_MOST_FAULTS = 64
_LONGEST_EMPTY_BYTES = 19  # FFmpeg's own bound (MAX_NVOP_SIZE)
_HIGHEST_RATE = 1000
_LARGEST_PTS = 1 << 53
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


def packets_of(file: VideoFile) -> "Iterator[Packet[VideoStream]]":
    """The stream's packets from here to the file's end, and an empty one that flushes the decoder.

    What can't be read is passed over; where nothing more can be, the stream ends.
    """
    faults = 0
    packets = file.container.demux(file.stream)
    while faults < _MOST_FAULTS:
        try:
            packet = next(packets, None)
        except MemoryError:
            raise
        except (av.FFmpegError, OSError):
            faults += 1
            packets = file.container.demux(file.stream)
            continue
        if packet is None:
            return
        file.sign()
        yield packet
    yield _flushing(file.stream)


def _flushing(stream: VideoStream) -> "Packet[VideoStream]":
    packet = Packet()
    packet.stream = stream
    return cast("Packet[VideoStream]", packet)


def frames_in(packet: "Packet[VideoStream]") -> list[VideoFrame]:
    """What the decoder gives out for a packet, in order of presentation; nothing for a damaged packet."""
    try:
        return packet.decode()
    except MemoryError:
        raise
    except av.FFmpegError:
        return []


def is_shown(packet: "Packet[VideoStream]") -> bool:
    """Neither the flushing packet nor one that an edit list leaves out."""
    return packet.size > 0 and not packet.is_discard


def shows_nothing(packet: "Packet[VideoStream]") -> bool:
    """Whether an MPEG-4 packet is so short that it may only say that nothing changed, as fills DivX files; not lost if no frame comes."""
    return packet.size <= _LONGEST_EMPTY_BYTES and packet.stream.codec_context.codec.canonical_name == "mpeg4"


def packet_times(file: VideoFile) -> PacketTimes:
    """Demux the file from here: milliseconds, and two numbers a frame in memory. Raises `InputError` for encrypted frames."""
    times, keyframe_times = array("q"), array("q")
    stored_count = shown_count = 0
    duration = 0
    for packet in packets_of(file):
        if packet.has_sidedata("encryption_info"):
            raise InputError(f"{file.name} is encrypted (DRM), so its frames can't be decoded; use a copy without protection")
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
        end_pts=int(pts[-1]) + (duration or _usual_step(pts)) if len(pts) else 0,
        trusted=len(pts) == shown_count and _plausible(pts, file.stream) and _in_order(in_file_order, pts) and _states_times(file),
    )


def _usual_step(pts: Int64) -> int:
    return max(1, int(np.median(np.diff(pts)))) if len(pts) > 1 else 1


def _plausible(pts: Int64, stream: VideoStream) -> bool:
    """False where the times can't be those of pictures: far beyond any count of seconds, or thousands a second."""
    if not len(pts) or max(abs(int(pts[0])), abs(int(pts[-1]))) > _LARGEST_PTS:
        return False
    span = int(pts[-1] - pts[0]) * (stream.time_base or 0)
    return len(pts) - 1 <= _HIGHEST_RATE * span


def _in_order(in_file_order: Int64, pts: Int64) -> bool:
    """False where time jumps back further than decoders reorder, as in joined recordings."""
    displacement = np.abs(np.searchsorted(pts, in_file_order) - np.arange(len(pts)))
    return bool(np.all(displacement <= _DEEPEST_REORDERING))


def _states_times(file: VideoFile) -> bool:
    """AVI has no presentation times: with B-frames FFmpeg can only guess."""
    return file.container.format.name != "avi" or file.stream.codec_context.reorder_depth == 0
