"""Whether H.264 and HEVC can be decoded from a packet on, as its container says.

Containers and parsers also call those pictures keyframes from which a decoder only recovers, some frames later: streams with gradual
refresh (ITU-T H.264, D.2.8) have no others but the first. And some containers call pictures so that need earlier ones.
"""

from collections.abc import Iterator

_IDR, _SLICE, _SEI = 5, 1, 6
_RECOVERY_POINT = 6
_INTRA = (2, 4, 7, 9)
_HEVC_SLICES, _HEVC_ENTRIES = range(32), range(16, 24)
_START_CODE = b"\x00\x00\x01"
_READ_BYTES = 1 << 16
"""Of a packet; what is asked for stands before its first slice."""


def is_entry_point(codec: str, packet: bytes, configuration: bytes) -> bool:
    """False where a decoder that starts with this packet would not give its picture right; other codecs are believed.

    `configuration` is what the container keeps for the decoder (`avcC`, `hvcC`), empty or of another form where units have start codes.
    """
    if codec == "h264":
        return _starts_h264(_units(packet[:_READ_BYTES], configuration, 4))
    if codec == "hevc":
        return _starts_hevc(_units(packet[:_READ_BYTES], configuration, 21))
    return True


def _starts_h264(units: Iterator[bytes]) -> bool:
    for unit in units:
        kind = unit[0] & 31
        if kind == _IDR:
            return True
        if kind == _SEI:
            frames = _frames_to_recover(unit[1:].replace(b"\x00\x00\x03", b"\x00\x00"))
            if frames is not None:
                return frames == 0
        if kind == _SLICE:
            bits = _Bits(unit[1:16].replace(b"\x00\x00\x03", b"\x00\x00"))
            bits.number()  # first macroblock
            return bits.number() in _INTRA
    return True


def _starts_hevc(units: Iterator[bytes]) -> bool:
    kinds = (unit[0] >> 1 & 63 for unit in units)
    first_slice = next((kind for kind in kinds if kind in _HEVC_SLICES), None)
    return first_slice is None or first_slice in _HEVC_ENTRIES


def _units(data: bytes, configuration: bytes, length_place: int) -> Iterator[bytes]:
    """The units of a packet, none empty; `length_place` is where the configuration says how long the lengths before units are."""
    if configuration[:1] == b"\x01" and len(configuration) > length_place:
        size = (configuration[length_place] & 3) + 1
        while len(data) > size:
            end = size + int.from_bytes(data[:size])
            if end > size:
                yield data[size:end]
            data = data[end:]
    else:
        yield from (unit for unit in data.split(_START_CODE)[1:] if unit)


def _frames_to_recover(messages: bytes) -> int | None:
    """Of the recovery point among supplemental messages (H.264, 7.3.2.3.1); None where there is none."""
    while len(messages) > 2:
        kind, messages = _run_of_255(messages)
        length, messages = _run_of_255(messages)
        if kind == _RECOVERY_POINT:
            return _Bits(messages[:length]).number()
        messages = messages[length:]
    return None


def _run_of_255(data: bytes) -> tuple[int, bytes]:
    rest = data.lstrip(b"\xff")
    return 255 * (len(data) - len(rest)) + (rest[0] if rest else 0), rest[1:]


class _Bits:
    """Numbers in Exp-Golomb code (H.264, 9.1), one after the other; 0 behind the end."""

    def __init__(self, data: bytes) -> None:
        self._bits = "".join(f"{byte:08b}" for byte in data)

    def number(self) -> int:
        zeros = len(self._bits) - len(self._bits.lstrip("0"))
        code, self._bits = self._bits[zeros : 2 * zeros + 1], self._bits[2 * zeros + 1 :]
        return int(code, 2) - 1 if code else 0
