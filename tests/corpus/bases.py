"""Small good videos that the odd ones are made of: 24 frames, ten a second, a keyframe every six."""

from collections.abc import Callable, Mapping
from pathlib import Path

from tests.fixtures.clips import X264, make_clip, x264_groups

_GROUPS = x264_groups(6)
_MAKE: Mapping[str, tuple[str, Callable[[Path], Path]]] = {
    "mp4": (".mp4", lambda path: make_clip(path, frames=24, options=_GROUPS)),
    "plain": (
        ".mp4",
        lambda path: make_clip(path, frames=24, options=x264_groups(6, b_frames=0), container_options={"use_editlist": "0"}),
    ),
    "fast": (".mp4", lambda path: make_clip(path, frames=24, options=_GROUPS, container_options={"movflags": "+faststart"})),
    "mov": (".mov", lambda path: make_clip(path, frames=24, options=_GROUPS, container_options={"movflags": "+faststart"})),
    "fragments": (
        ".mp4",
        lambda path: make_clip(path, frames=24, options=_GROUPS, container_options={"movflags": "frag_keyframe+empty_moov"}),
    ),
    "mkv": (".mkv", lambda path: make_clip(path, frames=24, options=_GROUPS)),
    "webm": (
        ".webm",
        lambda path: make_clip(path, frames=24, codec="libvpx-vp9", options={"g": "6", "deadline": "realtime", "cpu-used": "8"}),
    ),
    "avi": (".avi", lambda path: make_clip(path, frames=24, codec="mpeg4", options={"g": "6"})),
    "flv": (".flv", lambda path: make_clip(path, frames=24, options=_GROUPS)),
    "ts": (".ts", lambda path: make_clip(path, frames=24, options=_GROUPS)),
    "mpg": (".mpg", lambda path: make_clip(path, frames=24, codec="mpeg2video", rate=25, options={"g": "6"})),
    "wmv": (".wmv", lambda path: make_clip(path, frames=24, codec="wmv2", options={"g": "6"})),
    "h264": (".h264", lambda path: make_clip(path, frames=6, options=X264)),
}
NAMES = tuple(_MAKE)


class Bases:
    """Makes each once, in a folder."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder

    def __getitem__(self, name: str) -> Path:
        ending, make = _MAKE[name]
        path = self._folder / f"{name}{ending}"
        return path if path.exists() else make(path)
