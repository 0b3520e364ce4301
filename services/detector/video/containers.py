"""Video files are opened here and only here, with a short list of what may be read at all.

The file is not trusted: playlists and scripts that would open other files or the network are refused by
FFmpeg itself, as are decoders beyond the common ones and pictures of unreasonable size.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import av
import av.logging
from av.container import InputContainer
from av.video.stream import VideoStream

from castlist.errors import InputError
from services.detector.video.diagnosis import CONVERT, SCALE_DOWN, cut_off, reason_unopened

LARGEST_SIDE_PX = 8192
"""The limit where a job sets none."""

# FFmpeg's name of the demuxer, and ours.
_CONTAINERS = {
    "mov,mp4,m4a,3gp,3g2,mj2": "mp4",
    "matroska,webm": "matroska",
    "avi": "avi",
    "mpegts": "mpegts",
    "mpeg": "mpeg",
    "flv": "flv",
    "asf": "asf",
    "ogg": "ogg",
}
# In the others a seek may lead behind a frame that is needed (seen with MPEG program streams).
SOUGHT_EXACTLY = frozenset({"mp4", "matroska", "avi", "mpegts", "flv"})
_CODECS = (
    *("h264", "hevc", "av1", "vp8", "vp9", "mpeg1video", "mpeg2video", "mpeg4", "msmpeg4v1", "msmpeg4v2", "msmpeg4v3"),
    *("h263", "flv1", "mjpeg", "theora", "wmv1", "wmv2", "wmv3", "vc1", "prores", "dnxhd", "dvvideo"),
    *("ffv1", "huffyuv", "ffvhuff", "rawvideo"),
)
_KNOWN_CODECS = {"codec_whitelist": ",".join(av.Codec(codec, "r").name for codec in _CODECS)}
_NO_CODECS = {"codec_whitelist": "none"}
_WHOLE: Mapping[str, str] = {"advanced_editlist": "0"}
_AS_EDITED: Mapping[str, str] = {}


def unheard() -> None:
    """Nobody waits for a sign of life."""


@dataclass(frozen=True, slots=True)
class VideoFile:
    """An open file and its video stream; `sign` is called for each packet, `name` stands for the file in messages."""

    container: InputContainer
    stream: VideoStream
    name: str
    sign: Callable[[], None] = unheard


@contextmanager
def opened_video(
    path: Path, name: str, largest_side_px: int = LARGEST_SIDE_PX, sign: Callable[[], None] = unheard, *, whole: bool = False
) -> Iterator[VideoFile]:
    """The file, ready to be read from the start. Of several video streams it is the default one, of several such the one with most pixels.

    `whole`: with the frames that an edit list leaves out.
    Raises `InputError` for what is no video that may be read.
    """
    if not path.is_file():
        raise InputError(f"{name}: there is no such file; check the path")
    with _opened_container(path, name, {**_most_pixels(largest_side_px), **_KNOWN_CODECS}, _WHOLE if whole else _AS_EDITED) as container:
        try:
            stream = _video_stream(container, name)
            _check_stream(stream, path, name, largest_side_px)
        except InputError as error:
            raise InputError(f"{name} {cut_off(path)}" if cut_off(path) else str(error)) from None
        stream.codec_context.options = _most_pixels(largest_side_px)  # the size may change within a stream
        # Segments are decoded side by side; more threads inside one would take cores from the others.
        stream.codec_context.thread_count = 1
        yield VideoFile(container, stream, name, sign)


@contextmanager
def reader_faults() -> Iterator[list[str]]:
    """What FFmpeg's readers of containers found wrong in the block; they go on silently, and tell its log alone. Filled at the end."""
    faults: list[str] = []
    level, skips = av.logging.get_level(), av.logging.get_skip_repeated()
    av.logging.set_level(av.logging.WARNING)
    av.logging.set_skip_repeated(False)
    try:
        with av.logging.Capture(local=False) as logged:
            yield faults
    finally:
        av.logging.set_level(level)
        av.logging.set_skip_repeated(skips)
    faults.extend(text for weight, name, text in logged if name in _CONTAINERS and (weight <= av.logging.ERROR or "corrupt" in text))


def container_name(container: InputContainer) -> str:
    return _CONTAINERS[container.format.name]


def _most_pixels(largest_side_px: int) -> dict[str, str]:
    return {"max_pixels": str(largest_side_px * largest_side_px)}


def _opened_container(path: Path, name: str, codecs: dict[str, str], choices: Mapping[str, str] = _AS_EDITED) -> InputContainer:
    try:
        return av.open(
            str(path.absolute()),  # a name like `concat:a` is no address then
            options=codecs,
            container_options={"format_whitelist": ",".join(_CONTAINERS), "protocol_whitelist": "file", **choices},
            metadata_errors="replace",
        )
    except MemoryError:
        raise
    except (av.FFmpegError, OSError) as error:
        raise InputError(f"{name} {reason_unopened(path)}") from error


def _video_stream(container: InputContainer, name: str) -> VideoStream:
    pictured = [stream for stream in container.streams.video if not _is_cover(stream)]
    if pictured:
        return max(pictured, key=lambda stream: (_is_default(stream), _pixels(stream), -stream.index))
    if container.streams.audio:
        raise InputError(f"{name} holds sound but no video stream; choose the file with the pictures")
    raise InputError(f"{name} holds no video stream; choose another file")


def _is_default(stream: VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.default)


def _pixels(stream: VideoStream) -> int:
    context = stream.codec_context  # None where FFmpeg does not know the codec
    return context.width * context.height if context is not None else 0


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & av.stream.Disposition.attached_pic)


def _check_stream(stream: VideoStream, path: Path, name: str, largest_side_px: int) -> None:
    codec = stream.codec_context.codec.canonical_name if stream.codec_context is not None else "unknown"
    if codec not in _CODECS:
        raise InputError(f"{name}: its video codec {codec!r} is not read; {CONVERT}")
    size_px = stream.codec_context.width, stream.codec_context.height
    check_size(*(size_px if all(size_px) else _stated_size(path, name)), name, largest_side_px)
    if not stream.time_base:
        raise InputError(f"{name}: its video stream has no time base; {CONVERT}")


def _stated_size(path: Path, name: str) -> tuple[int, int]:
    """What the container says, where FFmpeg's decoders found the pictures too large to say more."""
    with _opened_container(path, name, _NO_CODECS) as container:
        context = _video_stream(container, name).codec_context
        return context.width, context.height


def check_size(width_px: int, height_px: int, name: str, largest_side_px: int = LARGEST_SIDE_PX) -> None:
    """Raises `InputError` for pictures that would take more memory than a worker should give to one."""
    if 0 < width_px <= largest_side_px and 0 < height_px <= largest_side_px:
        return
    size = f"are {width_px} x {height_px} pixels" if width_px and height_px else "are too large or of unknown size"
    raise InputError(
        f"{name}: its pictures {size}, at most {largest_side_px} x {largest_side_px} are read; {SCALE_DOWN}, or raise plan.largest_side_px"
    )
