"""MP4 and AVI files taken apart just far enough to spoil them on purpose (ISO/IEC 14496-12; RIFF)."""

from collections.abc import Callable
from pathlib import Path

_PARENTS = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"edts"}


def box(kind: bytes, payload: bytes) -> bytes:
    return (8 + len(payload)).to_bytes(4) + kind + payload


def edited(data: bytes, kind: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """The file with the payload of each box of a kind changed, also where its length changes: `mdat` must come before `moov`."""
    parts, offset = [], 0
    while offset + 8 <= len(data):
        length, found = int.from_bytes(data[offset : offset + 4]), data[offset + 4 : offset + 8]
        payload = data[offset + 8 : offset + length]
        if found == kind:
            payload = change(payload)
        elif found in _PARENTS:
            payload = edited(payload, kind, change)
        parts.append(box(found, payload))
        offset += length
    return b"".join(parts)


def spoiled(source: Path, target: Path, kind: bytes, change: Callable[[bytes], bytes]) -> Path:
    data = source.read_bytes()
    changed = edited(data, kind, change)
    assert changed != data, f"there is no {kind!r}"
    target.write_bytes(changed)
    return target


def overwritten(offset: int, value: bytes) -> Callable[[bytes], bytes]:
    """A change that puts `value` at an offset."""
    return lambda payload: payload[:offset] + value + payload[offset + len(value) :]


def edit_list(*entries: tuple[int, int]) -> bytes:
    """The payload of `edts`: entries of a length in units of the movie and a start in units of the media, -1 for nothing."""
    rows = b"".join(length.to_bytes(4) + start.to_bytes(4, signed=True) + b"\x00\x01\x00\x00" for length, start in entries)
    return box(b"elst", bytes(4) + len(entries).to_bytes(4) + rows)


def with_edits(source: Path, target: Path, *entries: tuple[int, int]) -> Path:
    """A copy whose tracks have this edit list instead of their own."""

    def change(trak: bytes) -> bytes:
        kept, offset = [], 0
        while offset + 8 <= len(trak):
            length = int.from_bytes(trak[offset : offset + 4])
            if trak[offset + 4 : offset + 8] != b"edts":
                kept.append(trak[offset : offset + length])
            offset += length
        return kept[0] + box(b"edts", edit_list(*entries)) + b"".join(kept[1:])

    return spoiled(source, target, b"trak", change)


def avi_rate(source: Path, target: Path, scale: int, rate: int) -> Path:
    """A copy whose header states `rate / scale` frames a second."""
    data = bytearray(source.read_bytes())
    header = data.index(b"strh") + 8
    data[header + 20 : header + 28] = scale.to_bytes(4, "little") + rate.to_bytes(4, "little")
    main = data.index(b"avih") + 8
    data[main : main + 4] = (1_000_000 * scale // rate if rate else 0).to_bytes(4, "little")
    target.write_bytes(data)
    return target
