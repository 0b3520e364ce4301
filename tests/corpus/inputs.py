"""Odd and hostile inputs, made on the spot, each with how a job on it must end.

`python -m tests.corpus.inputs FOLDER` writes them all.
"""

import gzip
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from pathlib import Path

from tests.corpus import spoiling, unusual
from tests.corpus.bases import Bases


class End(Enum):
    """How a job ends: a whole result, a result that says what it lacks, none with a reason that names the file."""

    DONE = "done"
    PARTIAL = "partial"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Case:
    """`words` is a pattern of what is said: of the reason, or of a warning; empty where nothing is."""

    make: Callable[[Bases, Path], None]
    end: End
    words: str = ""


def _bytes(content: bytes) -> Callable[[Bases, Path], None]:
    return lambda _, path: path.write_bytes(content) and None


def _zip(bases: Bases, path: Path) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(bases["mp4"], "film.mp4")


def _failed(make: Callable[[Bases, Path], None], words: str) -> Case:
    return Case(make, End.FAILED, words)


def _partial(make: Callable[[Bases, Path], None], words: str) -> Case:
    return Case(make, End.PARTIAL, words)


def _done(make: Callable[[Bases, Path], None], words: str = "") -> Case:
    return Case(make, End.DONE, words)


_NO_VIDEO = "is no video file that can be read"
_UNDECODABLE = "none of its 24 frames can be decoded, the file is damaged; copy it again"
_CUT = "was cut off or damaged: .* frames"
_LOST = "frames can't be decoded and are missing"
_BROKEN = "its container is damaged; frames may be missing"
_COUNTED = "states no usable times for its frames"
_HARMED = f"({_LOST}|frames are damaged; people in them may be missed)"

NOT_VIDEOS = {
    "text.mp4": _failed(_bytes(b"All work and no play makes Jack a dull boy.\n" * 50), _NO_VIDEO),
    "noise.mp4": _failed(_bytes(spoiling.noise(20_000)), _NO_VIDEO),
    "zeros.mkv": _failed(_bytes(bytes(1_000_000)), _NO_VIDEO),
    "one byte.avi": _failed(_bytes(b"R"), _NO_VIDEO),
    "page.mp4": _failed(_bytes(b"<!DOCTYPE html><title>404</title>"), "is a web page"),
    "feed.mp4": _failed(_bytes(b"<?xml version='1.0'?><rss/>"), "is an XML document"),
    "paper.mp4": _failed(_bytes(b"%PDF-1.7\n" + spoiling.noise(500)), "is a PDF document"),
    "archive.mp4": _failed(_zip, "is a ZIP archive; unpack it"),
    "squeezed.mp4": _failed(lambda bases, path: path.write_bytes(gzip.compress(bases["mp4"].read_bytes())) and None, "is a gzip archive"),
    "playlist to a file.mp4": _failed(
        lambda bases, path: (
            path.write_text(f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile://{bases['mp4']}\n#EXT-X-ENDLIST\n") and None
        ),
        "is a playlist",
    ),
    "playlist to an address.m3u8": _failed(_bytes(b"#EXTM3U\n#EXTINF:10,\nhttp://169.254.169.254/latest/meta-data\n"), "is a playlist"),
    "list of files.mp4": _failed(
        lambda bases, path: path.write_text(f"ffconcat version 1.0\nfile {bases['mp4'].name}\n") and None, "is a list"
    ),
    "manifest.mpd": _failed(_bytes(b"<?xml version='1.0'?><MPD xmlns='urn:mpeg:dash:schema:mpd:2011'/>"), "is an XML document"),
    "session.sdp": _failed(_bytes(b"v=0\no=- 0 0 IN IP4 127.0.0.1\nm=video 5004 RTP/AVP 96\n"), _NO_VIDEO),
    "picture.png.mp4": _failed(unusual.png, "is a PNG picture"),
    "picture.jpg.mp4": _failed(unusual.jpeg, "is a JPEG picture"),
    "moving.gif": _failed(unusual.gif, "is a GIF picture"),
    "sound.mp4": _failed(unusual.sound, "holds sound but no video stream"),
    "sound with a cover.m4a": _failed(unusual.sound_with_cover, "holds sound but no video stream"),
    "bare stream.h264": _failed(unusual.bare_stream, _NO_VIDEO),
    "raw pictures.y4m": _failed(_bytes(b"YUV4MPEG2 W16 H16 F25:1\n" + (b"FRAME\n" + bytes(384)) * 9), _NO_VIDEO),
    "png inside.avi": _failed(unusual.coded("png", "rgb24"), "its video codec 'png' is not read; convert it first"),
    "magicyuv inside.avi": _failed(unusual.coded("magicyuv", "gbrp"), "its video codec 'magicyuv' is not read; convert it first"),
}

CUT_OFF = {
    "cut before the index.mp4": _failed(spoiling.cut("mp4", 0.5), r"without its index \(moov\)"),
    "header alone.mp4": _failed(spoiling.cut("fast", 0.004), r"without its index \(moov\)"),
    "cut in the index.mp4": _failed(spoiling.cut_at("fast", b"stbl"), r"without its index \(moov\)"),
    "index alone.mp4": _failed(spoiling.cut_at("fast", b"mdat"), "none of its 1 frames can be decoded, the file is damaged"),
    "cut at half.mp4": _partial(spoiling.cut("fast", 0.6), _CUT),
    "cut near the end.mov": _partial(spoiling.cut("mov", 0.95), _CUT),
    "cut.mkv": _partial(spoiling.cut("mkv", 0.6), _CUT),
    "cut.webm": _partial(spoiling.cut("webm", 0.6), _CUT),
    "cut.avi": _partial(spoiling.cut("avi", 0.85), _CUT),
    "cut.flv": _partial(spoiling.cut("flv", 0.6), _CUT),
    "cut.ts": _done(spoiling.cut("ts", 0.6)),  # it declares nothing, and a packet more or less is no fault of its own
    "cut.mpg": _partial(spoiling.cut("mpg", 0.6), _HARMED),
    "cut.wmv": _partial(spoiling.cut("wmv", 0.4), _HARMED),
    "cut fragments.mp4": _partial(spoiling.cut("fragments", 0.6), _HARMED),
}

DAMAGED = {
    "all noise.mp4": _failed(spoiling.payload_noise("mp4"), _UNDECODABLE),
    "noise.mov": _partial(spoiling.noisy("mov"), _HARMED),
    "noise.mkv": _partial(spoiling.noisy("mkv"), _CUT),
    "noise.webm": _partial(spoiling.noisy("webm"), _CUT),
    "noise.avi": _partial(spoiling.noisy("avi", 0.7, 0.8), _CUT),
    "noise.flv": _partial(spoiling.noisy("flv"), _HARMED),
    "noise.ts": _partial(spoiling.noisy("ts"), _HARMED),
    "noise.mpg": _partial(spoiling.noisy("mpg"), _HARMED),
    "noise.wmv": _partial(spoiling.noisy("wmv"), "(holds no frames from|damaged)"),
    "a hole.ts": _partial(spoiling.holed("ts"), _HARMED),
    "a hole.mkv": _partial(spoiling.holed("mkv"), _CUT),
    "zeros in the middle.mp4": _partial(spoiling.zeroed("fast"), _HARMED),
    "places beyond the end.mp4": _failed(spoiling.beyond_the_end, "holds no frames"),
    "sizes without measure.mp4": _failed(spoiling.huge_samples, "holds no frames, so the recording or the copy was cut off"),
    "more samples than bytes.mp4": _failed(spoiling.countless_samples, "holds no frames, so the recording or the copy was cut off"),
    "no configuration.mp4": _failed(spoiling.without_configuration, _NO_VIDEO),
    "unknown codec.mp4": _failed(spoiling.unknown_codec, "its video codec 'unknown' is not read; convert it first"),
    "boxes in boxes.mp4": _failed(spoiling.nested_boxes, _NO_VIDEO),
    "a box as long as the sea.mp4": _failed(spoiling.endless_box, r"without its index \(moov\)"),
    "an element without end.mkv": _done(spoiling.endless_element, _BROKEN),
    "encrypted.mp4": _failed(unusual.encrypted, "is encrypted"),
}

SIZES = {
    "twelve thousand square.avi": _failed(unusual.still(12_000, 12_000), "are 12000 x 12000 pixels, at most 8192 x 8192 are read"),
    "too wide.mp4": _failed(unusual.still(8_224, 16), "are 8224 x 16 pixels, at most 8192 x 8192 are read"),
    "a lie about the size.avi": _done(spoiling.lying_size),
    "two by two.mkv": _done(unusual.clip(size_px=(2, 2), codec="ffv1", options={})),
    "a ribbon.mkv": _done(unusual.clip(size_px=(16, 2000), frames=2, codec="ffv1", options={})),
    "odd.mkv": _done(unusual.clip(size_px=(97, 63), pixel_format="yuv444p")),
    "grows on the way.ts": _done(unusual.growing, _BROKEN),
}

TIMES = {
    "one frame.mp4": _done(unusual.clip(frames=1)),
    "varying.mp4": _done(unusual.clip(times=unusual.VARYING)),
    "varying.mkv": _done(unusual.clip(times=unusual.VARYING)),
    "open groups.mp4": _done(unusual.grouped(open_gop=True)),
    "one group.mkv": _done(unusual.grouped(length=1000, frames=120)),
    "negative times.mp4": _done(unusual.clip(options=unusual.X264_B | {"movflags": "negative_cts_offsets"})),
    "starts late.mp4": _done(unusual.starts_late),
    "trimmed.mp4": _done(unusual.trimmed),
    "two cuts.mp4": _done(unusual.two_edits),
    "nothing but a pause.mp4": Case(unusual.pause_alone, End.FAILED, "holds no frames"),
    "a day ahead.ts": _done(unusual.clip(times=[95_442_700 + number * 100 for number in range(24)])),
    "twice the same.ts": _done(unusual.twice, _COUNTED),
    "all at once.mp4": _done(spoiling.all_at_once, _COUNTED),
    "no time base.mp4": _done(spoiling.without_time_base, _BROKEN),
    "four thousand million ticks a second.mp4": _done(spoiling.hurried, _COUNTED),
    "hundred thousand a second.avi": _done(spoiling.avi_rate_of(1, 100_000), _COUNTED),
    "none a second.avi": _done(spoiling.avi_rate_of(1, 0)),
    "B-frames.avi": _done(unusual.clip(options=unusual.X264_B), _COUNTED),
    "hours late.mkv": _done(unusual.clip(times=[18_000_000 + number * 100 for number in range(24)])),
    "twice at times.mkv": _done(unusual.twice_at_times),
    "dropped frames.avi": _done(unusual.dropped_frames),
    "gradual refresh.mp4": _done(unusual.clip(options=unusual.X264 | {"x264-params": "keyint=8:min-keyint=8:intra-refresh=1"})),
    "without cues.mkv": _done(spoiling.without_cues),
    "live.mkv": _done(unusual.live),
    "fragments.mp4": _done(lambda bases, path: path.write_bytes(bases["fragments"].read_bytes()) and None),
}

KINDS = {
    "ten bits.mp4": _done(unusual.clip(pixel_format="yuv420p10le")),
    "high dynamic range.mp4": _done(unusual.high_dynamic_range),
    "interlaced.mp4": _done(unusual.clip(options=unusual.X264 | {"x264-params": "tff=1"})),
    "interlaced.mpg": _done(unusual.clip(codec="mpeg2video", rate=25, options={"flags": "+ildct+ilme"})),
    "turned 90.mp4": _done(unusual.clip(rotation=90)),
    "turned 180.mp4": _done(unusual.clip(rotation=180)),
    "askew by 30.mp4": _done(unusual.clip(rotation=30)),
    "mirrored, not turned.mp4": _done(spoiling.mirrored),
    "nonsense as rotation.mp4": _done(spoiling.senseless_matrix),
    "two videos.mp4": _done(unusual.two_videos),
    "video with cover.mp4": _done(unusual.with_cover),
    "hevc.mp4": _done(unusual.clip(codec="libx265", options={"x265-params": "log-level=none:pools=1", "preset": "ultrafast"}, frames=6)),
    "av1.mkv": _done(unusual.clip(codec="libsvtav1", options={"preset": "12", "svtav1-params": "lp=1"}, frames=6)),
    "hidden pictures.webm": _done(unusual.hidden_pictures),
    "vp8.webm": _done(unusual.clip(codec="libvpx", options={"deadline": "realtime", "cpu-used": "8"})),
    "prores.mov": _done(unusual.clip(codec="prores", options={}, pixel_format="yuv422p10le", frames=4)),
    "with alpha.mkv": _done(unusual.clip(codec="ffv1", options={}, pixel_format="bgra", frames=4)),
    "grey.mkv": _done(unusual.clip(codec="ffv1", options={}, pixel_format="gray", frames=4)),
    "sixteen bits.mkv": _done(unusual.clip(codec="ffv1", options={}, pixel_format="gray16le", frames=4)),
    "raw.avi": _done(unusual.clip(codec="rawvideo", options={}, pixel_format="bgr24", frames=4)),
    "huffman.avi": _done(unusual.clip(codec="huffyuv", options={}, pixel_format="rgb24", frames=4)),
    "camera.avi": _done(unusual.clip(codec="dvvideo", options={}, size_px=(720, 576), rate=25, frames=3)),
    "moving jpeg.avi": _done(unusual.clip(codec="mjpeg", options={}, pixel_format="yuvj422p")),
    "no name's end": _done(lambda bases, path: path.write_bytes(bases["mp4"].read_bytes()) and None),
}

NAMES = {
    name: _done(lambda bases, path: path.write_bytes(bases["mp4"].read_bytes()) and None)
    for name in (
        "<script>alert(1)<script>.mp4",
        '"><img src=x onerror=alert(1)>.mp4',
        "two\nlines.mp4",
        "Grüße 👋 an alle 家族.mp4",
        "concat:a|b.mp4",
        "-i.mp4",
        "%d $(id) `id` ;&.mp4",
        "x" * 251 + ".mp4",
        "right\u202eto left.mp4",
        "not \udcff utf-8.mp4",
    )
}

CASES = NOT_VIDEOS | CUT_OFF | DAMAGED | SIZES | TIMES | KINDS | NAMES


def write(folder: Path) -> dict[str, Path]:
    """Make them all; returns where each lies."""
    bases = Bases(folder / "bases")
    written = {}
    inputs = folder / "inputs"
    inputs.mkdir(parents=True)
    for name, case in CASES.items():
        written[name] = inputs / name
        case.make(bases, written[name])
    return written


if __name__ == "__main__":
    print(len(write(Path(sys.argv[1]))), "inputs")
