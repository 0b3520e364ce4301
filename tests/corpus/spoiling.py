"""Good files cut, overwritten and lied to."""

from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.corpus.bases import Bases
from tests.corpus.boxes import avi_rate, box, overwritten, spoiled

Make = Callable[[Bases, Path], None]


def noise(length: int, seed: int = 0) -> bytes:
    return np.random.default_rng(seed).bytes(length)


def mutated(data: bytes, seed: int) -> bytes:
    """A file after one of six accidents: bytes flipped anywhere or in the header, cut, overwritten, cut out, or doubled."""
    rng = np.random.default_rng(seed)
    changed, kind = bytearray(data), int(rng.integers(6))
    start = int(rng.integers(len(data)))
    length = int(rng.integers(1, 1 + len(data) // 8))
    if kind < 2:
        within = len(data) if kind == 0 else min(len(data), 1500)
        for place in rng.integers(0, within, int(rng.integers(1, 30))).tolist():
            changed[place] ^= int(rng.integers(1, 256))
    elif kind == 2:
        del changed[start:]
    elif kind == 3:
        changed[start : start + length] = rng.bytes(len(changed[start : start + length]))
    elif kind == 4:
        del changed[start : start + length]
    else:
        changed[start:start] = changed[start : start + length]
    return bytes(changed)


def cut(base: str, share: float) -> Make:
    def make(bases: Bases, path: Path) -> None:
        data = bases[base].read_bytes()
        path.write_bytes(data[: int(len(data) * share)])

    return make


def cut_at(base: str, word: bytes) -> Make:
    """Four bytes behind a word."""

    def make(bases: Bases, path: Path) -> None:
        data = bases[base].read_bytes()
        path.write_bytes(data[: data.index(word) + len(word) + 4])

    return make


def noisy(base: str, start_share: float = 0.45, end_share: float = 0.55) -> Make:
    """A tenth in the middle is noise."""
    return _replaced(base, noise, start_share, end_share)


def zeroed(base: str) -> Make:
    return _replaced(base, bytes)


def holed(base: str) -> Make:
    return _replaced(base, lambda _: b"")


def _replaced(base: str, fill: Callable[[int], bytes], start_share: float = 0.45, end_share: float = 0.55) -> Make:
    def make(bases: Bases, path: Path) -> None:
        data = bases[base].read_bytes()
        start, end = int(len(data) * start_share), int(len(data) * end_share)
        path.write_bytes(data[:start] + fill(end - start) + data[end:])

    return make


def payload_noise(base: str) -> Make:
    def make(bases: Bases, path: Path) -> None:
        data = bases[base].read_bytes()
        start, end = data.index(b"mdat") + 4, data.index(b"moov") - 4
        path.write_bytes(data[:start] + noise(end - start) + data[end:])

    return make


def _box(kind: bytes, change: Callable[[bytes], bytes], base: str = "mp4") -> Make:
    return lambda bases, path: spoiled(bases[base], path, kind, change) and None


beyond_the_end = _box(b"stco", overwritten(8, b"\x7f\xff\xff\x00"))
huge_samples = _box(b"stsz", lambda sizes: sizes[:12] + b"\x7f\xff\xff\xf0" * ((len(sizes) - 12) // 4))
countless_samples = _box(b"stsz", overwritten(4, b"\x00\x00\x00\x01\x0f\xff\xff\xff"))
all_at_once = _box(b"stts", overwritten(12, bytes(4)), "plain")
without_time_base = _box(b"mdhd", overwritten(12, bytes(4)), "plain")
hurried = _box(b"mdhd", overwritten(12, b"\x7f\xff\xff\xff"), "plain")
unknown_codec = _box(b"stsd", overwritten(12, b"zzzz"))
senseless_matrix = _box(b"tkhd", overwritten(40, b"\x7f\xff\xff\xff" * 4))
mirrored = _box(b"tkhd", overwritten(40, b"\xff\xff\x00\x00"))  # -1: left is right


def without_configuration(bases: Bases, path: Path) -> None:
    data = bases["mp4"].read_bytes()
    path.write_bytes(data.replace(b"avcC", b"free"))


def nested_boxes(_: Bases, path: Path) -> None:
    inner = b""
    for _level in range(3000):
        inner = box(b"moov", inner)
    path.write_bytes(box(b"ftyp", b"isom" + bytes(4) + b"isom") + inner)


def endless_box(_: Bases, path: Path) -> None:
    path.write_bytes(box(b"ftyp", b"isom" + bytes(4) + b"isom") + b"\x00\x00\x00\x01moov" + b"\x7f" + b"\xff" * 7 + noise(1000))


def endless_element(bases: Bases, path: Path) -> None:
    data = bases["mkv"].read_bytes()
    segment = data.index(b"\x16\x54\xae\x6b")  # Tracks
    path.write_bytes(data[: segment + 4] + b"\x01" + b"\xff" * 6 + b"\xfe" + data[segment + 12 :])


def without_cues(bases: Bases, path: Path) -> None:
    data = bases["mkv"].read_bytes()
    place = data.rindex(b"\x1c\x53\xbb\x6b")
    path.write_bytes(data[:place] + b"\x1c\x53\xbb\x6c" + data[place + 4 :])


def avi_rate_of(scale: int, rate: int) -> Make:
    return lambda bases, path: avi_rate(bases["avi"], path, scale, rate) and None


def lying_size(bases: Bases, path: Path) -> None:
    """65,535 x 65,535 in the header, 96 x 64 in the frames."""
    data = bytearray(bases["avi"].read_bytes())
    place = data.index(b"strf") + 12
    data[place : place + 8] = (65_535).to_bytes(4, "little") * 2
    path.write_bytes(data)
