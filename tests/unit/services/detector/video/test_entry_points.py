"""Which packets a decoder can start with, told from their first units."""

import pytest

from services.detector.video.entry_points import is_entry_point

AVCC = b"\x01\x64\x00\x1f\xff"
HVCC = b"\x01" + bytes(20) + b"\x03"
DELIMITER, IDR = b"\x09\x10", b"\x65\x88\x84"
P_SLICE, I_SLICE = b"\x41\x9a\x20", b"\x41\x88\x80"  # first macroblock 0; slice type 5, and 7
AT_ONCE = b"\x06\x06\x01\xc4\x80"  # a recovery point, exact, 0 frames ahead
IN_20 = b"\x06\x06\x02\x0a\xb0\x80"  # 20 frames ahead: code 000010101
OTHERS_FIRST = b"\x06\x05\x11" + b"A" * 17 + b"\x06\x02\x0a\xb0\x80"  # behind what an encoder says of itself
LONG_FIRST = b"\x06\x05\xff\x02" + b"A" * 257 + b"\x06\x01\xc4\x80"


def with_codes(*units: bytes) -> bytes:
    return b"".join(b"\x00\x00\x00\x01" + unit for unit in units)


def with_lengths(*units: bytes) -> bytes:
    return b"".join(len(unit).to_bytes(4) + unit for unit in units)


@pytest.mark.parametrize(
    ("units", "starts"),
    [
        ([DELIMITER, IDR], True),
        ([AT_ONCE, P_SLICE], True),
        ([IN_20, P_SLICE], False),
        ([OTHERS_FIRST, P_SLICE], False),
        ([LONG_FIRST, P_SLICE], True),
        ([I_SLICE], True),  # an open group without a word about it
        ([P_SLICE], False),  # what the container calls a keyframe is none
        ([b"\x06"], True),
        ([], True),
    ],
)
def test_h264_starts_at_once_or_recovers_later(units: list[bytes], starts: bool) -> None:
    assert is_entry_point("h264", with_codes(*units), b"") is starts
    assert is_entry_point("h264", with_lengths(*units), AVCC) is starts


@pytest.mark.parametrize(("kind", "starts"), [(19, True), (21, True), (16, True), (1, False), (0, False), (9, False)])
def test_hevc_starts_with_pictures_that_need_no_others(kind: int, starts: bool) -> None:
    units = [b"\x46\x01\x10", bytes([kind << 1]) + b"\x01\x80"]
    assert is_entry_point("hevc", with_codes(*units), b"") is starts
    assert is_entry_point("hevc", with_lengths(*units), HVCC) is starts


def test_other_codecs_and_nonsense_are_believed() -> None:
    assert is_entry_point("vp9", b"\x82\x49\x83", b"")
    assert is_entry_point("h264", b"\xff" * 40, AVCC)
    assert is_entry_point("hevc", b"", HVCC)
