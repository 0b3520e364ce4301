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
from services.detector.video.entry_points import is_entry_point

_MOST_FAULTS = 64
_VP8_SHOWN = 0x10
_LONGEST_EMPTY_BYTES = 19  # FFmpeg's own bound (MAX_NVOP_SIZE)
_HIGHEST_RATE = 1000
_LARGEST_PTS = 1 << 53
_DEEPEST_REORDERING = 64  # packets; H.264 and HEVC hold back 16 frames at most
_FURTHEST_APART = 8  # packets of one time; more are of a recording that is joined to itself


@dataclass(frozen=True, slots=True)
class PacketTimes:
    """What the packets of a file say: how many there are, how many show a frame, and when.

    `pts` rises: where frames have one time, they are moved on by a unit. `keyframe_pts` are those of frames from which a decoder can start
    and that have a time for themselves, `end_pts` is the end of the last frame, all in units of the stream's time base. `trusted` says that
    every frame is decoded with the time of its own packet, wherever reading starts.
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


def is_shown(packet: "Packet[VideoStream]", codec: str) -> bool:
    """Neither the flushing packet, nor one that an edit list leaves out, nor a picture of VP8 that others are built on (RFC 6386, 9.1)."""
    if packet.size == 0 or packet.is_discard:
        return False
    return codec != "vp8" or bool(memoryview(packet)[0] & _VP8_SHOWN)


def is_entry(packet: "Packet[VideoStream]", codec: str) -> bool:
    """Whether a decoder can start with a packet; what containers say is checked where codecs say more."""
    if not packet.is_keyframe or packet.pts is None:
        return False
    return is_entry_point(codec, bytes(packet), packet.stream.codec_context.extradata or b"")


def shows_nothing(packet: "Packet[VideoStream]") -> bool:
    """Whether an MPEG-4 packet is so short that it may only say that nothing changed, as fills DivX files; not lost if no frame comes."""
    return packet.size <= _LONGEST_EMPTY_BYTES and packet.stream.codec_context.codec.canonical_name == "mpeg4"


def packet_times(file: VideoFile) -> PacketTimes:
    """Demux the file from here: milliseconds, and two numbers a frame in memory. Raises `InputError` for encrypted frames."""
    times, keyframe_times = array("q"), array("q")
    stored_count = shown_count = 0
    duration = 0
    codec = file.stream.codec_context.codec.canonical_name
    for packet in packets_of(file):
        if packet.has_sidedata("encryption_info"):
            raise InputError(f"{file.name} is encrypted (DRM), so its frames can't be decoded; use a copy without protection")
        stored_count += packet.size > 0
        if not is_shown(packet, codec):
            continue
        shown_count += 1
        if packet.pts is None:
            continue
        times.append(packet.pts)
        duration = packet.duration or duration
        if is_entry(packet, codec):
            keyframe_times.append(packet.pts)
    in_file_order, keyframes_in_file_order = np.frombuffer(times, np.int64), np.frombuffer(keyframe_times, np.int64)
    order = np.argsort(in_file_order, kind="stable")
    stated = in_file_order[order]
    pts = in_turn(stated)
    return PacketTimes(
        stored_count=stored_count,
        shown_count=shown_count,
        pts=pts,
        keyframe_pts=_alone(np.unique(keyframes_in_file_order), stated, pts),
        end_pts=int(pts[-1]) + (duration or _usual_step(pts)) if len(pts) else 0,
        trusted=len(pts) == shown_count
        and _plausible(pts, file.stream)
        and _in_order(order)
        and bool(np.all(np.diff(keyframes_in_file_order) >= 0))
        and _nearly(stated, pts, order)
        and _states_times(file),
    )


def in_turn(pts: Int64) -> Int64:
    """Times that don't fall as times that rise, each moved on as little as possible."""
    places = np.arange(len(pts))
    turned: Int64 = np.maximum.accumulate(pts - places) + places
    return turned


def _alone(keyframe_pts: Int64, stated: Int64, pts: Int64) -> Int64:
    """Those of no other frame, and not moved on."""
    first, behind = np.searchsorted(stated, keyframe_pts), np.searchsorted(stated, keyframe_pts, "right")
    kept: Int64 = keyframe_pts[(behind - first == 1) & (pts[first] == keyframe_pts)]
    return kept


def _nearly(stated: Int64, pts: Int64, order: Int64) -> bool:
    """Whether no time was moved on by more than half of what lies between frames on average, and the same times stand close together."""
    apart = np.abs(np.diff(order))[np.diff(stated) == 0]
    return 2 * int((pts - stated).max()) * (len(pts) - 1) <= int(stated[-1] - stated[0]) and int(apart.max(initial=0)) <= _FURTHEST_APART


def _usual_step(pts: Int64) -> int:
    return max(1, int(np.median(np.diff(pts)))) if len(pts) > 1 else 1


def _plausible(pts: Int64, stream: VideoStream) -> bool:
    """False where the times can't be those of pictures: far beyond any count of seconds, or thousands a second."""
    if not len(pts) or max(abs(int(pts[0])), abs(int(pts[-1]))) > _LARGEST_PTS:
        return False
    span = int(pts[-1] - pts[0]) * (stream.time_base or 0)
    return len(pts) - 1 <= _HIGHEST_RATE * span


def _in_order(order: Int64) -> bool:
    """False where time jumps back further than decoders reorder, as in joined recordings; `order` sorts the times."""
    return bool(np.all(np.abs(order - np.arange(len(order))) <= _DEEPEST_REORDERING))


def _states_times(file: VideoFile) -> bool:
    """AVI has no presentation times: with B-frames FFmpeg can only guess."""
    return file.container.format.name != "avi" or file.stream.codec_context.reorder_depth == 0
