"""Videos that are good, and seldom met."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from PIL import Image

from tests.corpus.bases import Bases
from tests.corpus.boxes import with_edits
from tests.fixtures.clips import X264, make_clip, make_sound, painted, x264_groups

Make = Callable[[Bases, Path], None]

X264_B = x264_groups(6, b_frames=3)
VARYING = np.cumsum(np.random.default_rng(1).integers(10, 400, 24)).tolist()


def clip(**choices: Any) -> Make:
    """24 frames, unless other choices are made; the name's ending says the container."""
    return lambda _, path: make_clip(path, **{"frames": 24, "options": x264_groups(6)} | choices) and None


def grouped(length: int = 6, frames: int = 24, *, open_gop: bool = False) -> Make:
    return clip(frames=frames, options=x264_groups(length, open_gop=open_gop, b_frames=3))


def coded(codec: str, pixel_format: str) -> Make:
    return clip(frames=2, codec=codec, options={}, pixel_format=pixel_format)


def still(width_px: int, height_px: int) -> Make:
    """One grey picture as MJPEG: kilobytes as a file."""

    def make(_: Bases, path: Path) -> None:
        frame = av.VideoFrame(width_px, height_px, "yuvj420p")
        for plane in frame.planes:
            plane.update(bytes([128]) * plane.buffer_size)
        _mux(path, [("mjpeg", [frame])])

    return make


def _mux(path: Path, streams: Sequence[tuple[str, Sequence[av.VideoFrame]]], **options: Any) -> None:
    with av.open(str(path), "w", **options) as container:
        outputs = []
        for codec, frames in streams:
            output = container.add_stream(codec, rate=10, options=X264 if codec == "libx264" else {})
            output.width, output.height, output.pix_fmt = frames[0].width, frames[0].height, frames[0].format.name
            outputs.append(output)
        for output, (_, frames) in zip(outputs, streams, strict=True):
            for number, frame in enumerate(frames):
                frame.pts = number
                container.mux(output.encode(frame))
            container.mux(output.encode(None))


def _frames(count: int, size_px: tuple[int, int]) -> list[av.VideoFrame]:
    return [av.VideoFrame.from_ndarray(painted(number, *size_px), format="bgr24").reformat(format="yuv420p") for number in range(count)]


def two_videos(_: Bases, path: Path) -> None:
    _mux(path, [("libx264", _frames(12, (64, 48))), ("libx264", _frames(12, (128, 96)))])


def with_cover(bases: Bases, path: Path) -> None:
    _with_cover(bases["mp4"], path)


def sound_with_cover(_: Bases, path: Path) -> None:
    sound = make_sound(path.with_name("cover-sound.m4a"))
    _with_cover(sound, path, container_format="mp4")
    sound.unlink()


def _with_cover(source: Path, path: Path, container_format: str | None = None) -> None:
    """The first stream of a file, and a JPEG that is marked as its cover."""
    jpeg = cv2.imencode(".jpg", painted(0, 64, 64))[1].tobytes()
    with av.open(str(source)) as given, av.open(str(path), "w", format=container_format) as container:
        kept = container.add_stream_from_template(given.streams[0])
        cover = container.add_stream("mjpeg", rate=1)
        cover.width, cover.height, cover.pix_fmt = 64, 64, "yuvj420p"
        cover.disposition = av.stream.Disposition.attached_pic
        for packet in given.demux(given.streams[0]):
            if packet.dts is not None:
                packet.stream = kept
                container.mux(packet)
        packet = av.Packet(jpeg)
        packet.stream, packet.pts, packet.dts, packet.is_keyframe = cover, 0, 0, True
        container.mux(packet)


def png(_: Bases, path: Path) -> None:
    path.write_bytes(cv2.imencode(".png", painted(0, 80, 60))[1].tobytes())


def jpeg(_: Bases, path: Path) -> None:
    path.write_bytes(cv2.imencode(".jpg", painted(0, 80, 60))[1].tobytes())


def gif(_: Bases, path: Path) -> None:
    first, *rest = [Image.fromarray(painted(number, 40, 30)) for number in range(4)]
    first.save(path, format="GIF", save_all=True, append_images=rest)


def sound(_: Bases, path: Path) -> None:
    make_sound(path)


def bare_stream(bases: Bases, path: Path) -> None:
    path.write_bytes(bases["h264"].read_bytes())


def encrypted(_: Bases, path: Path) -> None:
    key = {"encryption_scheme": "cenc-aes-ctr", "encryption_key": "76a6c65c5ea762046bd749a2e632ccbb"}
    make_clip(path, frames=24, options=X264, container_options=key | {"encryption_kid": "a7e61c373e219033c21091fa607bf3b8"})


def growing(_: Bases, path: Path) -> None:
    parts = []
    for number, size_px in enumerate([(96, 64), (128, 96), (32, 32)]):
        part = path.with_name(f"part{number}.ts")
        make_clip(
            part, frames=8, size_px=size_px, options=x264_groups(8, b_frames=0), times=[(number * 8 + index) * 100 for index in range(8)]
        )
        parts.append(part.read_bytes())
        part.unlink()
    path.write_bytes(b"".join(parts))


def twice(bases: Bases, path: Path) -> None:
    path.write_bytes(bases["ts"].read_bytes() * 2)


def starts_late(bases: Bases, path: Path) -> None:
    """A second of nothing, then the whole of it: 24 frames, first one at 1 s."""
    with_edits(bases["mp4"], path, (1000, -1), (2400, 2048))


def trimmed(bases: Bases, path: Path) -> None:
    """From the tenth frame on, which is no keyframe; a tick of the media is 1/10240 s, and times begin two frames late."""
    with_edits(bases["mp4"], path, (1400, 2048 + 10 * 1024))


def two_edits(bases: Bases, path: Path) -> None:
    """Half a second from the start, and half a second from the end."""
    with_edits(bases["mp4"], path, (500, 2048), (500, 2048 + 18 * 1024))


def pause_alone(bases: Bases, path: Path) -> None:
    with_edits(bases["mp4"], path, (1000, -1))


def live(_: Bases, path: Path) -> None:
    make_clip(path, frames=24, options=X264, container_options={"live": "1"})


def _rewritten(source: Path, path: Path, change: Callable[[int, av.Packet], list[av.Packet]]) -> None:
    """A copy of the packets, for each of which `change` gives those to write."""
    with av.open(str(source)) as given, av.open(str(path), "w") as container:
        kept = container.add_stream_from_template(given.streams.video[0])
        for number, packet in enumerate(given.demux(video=0)):
            for changed in change(number, packet) if packet.dts is not None else []:
                changed.stream = kept
                container.mux(changed)


def _at(packet: av.Packet, pts: int, data: bytes = b"") -> av.Packet:
    moved = av.Packet(data or bytes(packet))
    moved.pts = moved.dts = pts
    moved.time_base, moved.is_keyframe = packet.time_base, packet.is_keyframe and not data
    return moved


def hidden_pictures(_: Bases, path: Path) -> None:
    """VP8 as encoders with two passes make it: before each fifth frame a picture that is not shown (RFC 6386, 9.1)."""
    source = make_clip(path.with_name("vp8.webm"), frames=24, codec="libvpx", options={"g": "6", "deadline": "realtime", "cpu-used": "8"})

    def change(number: int, packet: av.Packet) -> list[av.Packet]:
        data = bytes(packet)
        hidden = [_at(packet, packet.pts - 1, bytes([data[0] & ~0x10]) + data[1:])] if number % 6 == 5 else []
        return [*hidden, packet]

    _rewritten(source, path, change)
    source.unlink()


def dropped_frames(bases: Bases, path: Path) -> None:
    """A capture that says of three frames that the one before is to be shown on: places in the list that are empty."""
    _rewritten(bases["avi"], path, lambda number, packet: [_at(packet, packet.pts + 3 * (number >= 8))])


def twice_at_times(_: Bases, path: Path) -> None:
    """A varying rate; two frames have the time of the frame before them."""
    source = make_clip(path.with_name("apart.mkv"), frames=24, options=x264_groups(6, b_frames=0), times=VARYING)
    _rewritten(source, path, lambda number, packet: [_at(packet, VARYING[number - (number in (8, 15))])])
    source.unlink()


def high_dynamic_range(_: Bases, path: Path) -> None:
    params = "colorprim=bt2020:transfer=smpte2084:colormatrix=bt2020nc"
    make_clip(path, frames=6, pixel_format="yuv420p10le", options=X264 | {"x264-params": params})
