"""Why a file could not be opened as a video, in words that help."""

from pathlib import Path

CONVERT = "convert it first, for example: ffmpeg -i INPUT -c:v libx264 -pix_fmt yuv420p OUTPUT.mp4"
SCALE_DOWN = "scale it down first, for example: ffmpeg -i INPUT -vf scale=1920:-2 OUTPUT.mp4"

_HEAD_BYTES = 64
_MAGIC = (
    (b"\x89PNG", "is a PNG picture, not a video"),
    (b"\xff\xd8\xff", "is a JPEG picture, not a video"),
    (b"GIF8", "is a GIF picture, not a video; convert it first, for example: ffmpeg -i INPUT OUTPUT.mp4"),
    (b"#EXTM3U", "is a playlist, not a video; choose the video file that it names"),
    (b"ffconcat", "is a list of files for FFmpeg, not a video; join them first: ffmpeg -f concat -i INPUT -c copy OUTPUT.mp4"),
    (b"PK\x03\x04", "is a ZIP archive; unpack it and choose the video inside"),
    (b"\x1f\x8b", "is a gzip archive; unpack it and choose the video inside"),
    (b"%PDF", "is a PDF document, not a video"),
    (b"<?xml", "is an XML document, not a video"),
    (b"<!DOCTYPE", "is a web page, not a video; perhaps the download gave an error page"),
    (b"<html", "is a web page, not a video; perhaps the download gave an error page"),
)
_NO_VIDEO = (
    "is no video file that can be read (MP4, MOV, MKV, WebM, AVI, MPEG-TS and the like); check that it plays elsewhere, and if it does, "
    + CONVERT
)
_CUT_OFF = (
    "is an MP4 file without its index (moov): the recording or the copy was cut off; "
    "copy it again, or repair it with a tool such as untrunc"
)


def reason_unopened(path: Path) -> str:
    """Rest of a sentence that begins with the file's name."""
    try:
        with path.open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError as error:
        return f"can't be read ({error.strerror}); check its permissions"
    if not head:
        return "is empty; copy or download it again"
    for magic, reason in _MAGIC:
        if head.startswith(magic):
            return reason
    if head[8:12] == b"WEBP":
        return "is a WebP picture, not a video"
    return cut_off(path) or _NO_VIDEO


def cut_off(path: Path) -> str:
    """Rest of such a sentence for an MP4 file that lacks its index, or a part of it; empty for any other."""
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    return _CUT_OFF if head[4:8] == b"ftyp" and b"moov" not in _top_level_boxes(path) else ""


def lacks_its_end(path: Path) -> bool:
    """Whether an AVI file is shorter than it says at its start; of one in several parts (OpenDML) the first alone is looked at."""
    with path.open("rb") as file:
        head = file.read(12)
    return head[:4] == b"RIFF" and int.from_bytes(head[4:8], "little") + 8 > path.stat().st_size


def _top_level_boxes(path: Path) -> set[bytes]:
    """Types of the boxes of an MP4 file (ISO/IEC 14496-12, section 4.2) that lie in it completely."""
    types: set[bytes] = set()
    total, offset = path.stat().st_size, 0
    with path.open("rb") as file:
        while len(header := file.read(16)) >= 8:
            length = int.from_bytes(header[:4])
            if length == 1:
                length = int.from_bytes(header[8:16])
            elif length == 0:
                length = total - offset
            if length < 8 or offset + length > total:
                break
            types.add(header[4:8])
            offset += length
            file.seek(offset)
    return types
