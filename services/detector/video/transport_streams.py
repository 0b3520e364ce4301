"""Whether an MPEG transport stream is whole packets from its start to its end; FFmpeg goes over what is not, and says nothing of it."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from services.detector.video.containers import unheard

_SYNC = 0x47
_PACKET_BYTES = (188, 192, 204)  # plain, with a clock (Blu-ray, AVCHD), with error correction (ISO/IEC 13818-1, 2.4.3; DVB)
_PACKETS_AT_A_TIME = 20_000
_FIRST_PACKETS = 4


def is_out_of_step(path: Path, sign: Callable[[], None] = unheard) -> bool:
    """Whether a packet does not begin where it should, as where bytes were overwritten or fell out; False for a file without packets.

    `sign` is called on the way.
    """
    with path.open("rb") as file:
        found = _packets_in(np.frombuffer(file.read(_PACKET_BYTES[-1] * (_FIRST_PACKETS + 1)), np.uint8))
        if found is None:
            return False
        offset, length = found
        file.seek(offset)
        while data := file.read(length * _PACKETS_AT_A_TIME):
            sign()
            if np.any(np.frombuffer(data, np.uint8)[::length] != _SYNC):
                return True
    return False


def _packets_in(head: NDArray[np.uint8]) -> tuple[int, int] | None:
    """Where the first packet begins and how long packets are."""
    for length in _PACKET_BYTES:
        for offset in range(length):
            starts = head[offset : offset + length * _FIRST_PACKETS : length]
            if len(starts) == _FIRST_PACKETS and np.all(starts == _SYNC):
                return offset, length
    return None
