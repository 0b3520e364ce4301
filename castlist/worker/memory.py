"""Memory that a finished task needed goes back to the system, or to the next task, whichever thread runs it."""

import ctypes
import time
from functools import cache

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8
_HEAPS = 2
_LARGEST_PIECE_BYTES = 32 << 20  # glibc takes no more


def share_heaps() -> None:
    """Have all threads of the process share two heaps of the C library. To be called before they start.

    glibc gives each thread a heap of its own and keeps what was freed there, so a process would hold the sum of the
    largest tasks that its threads ever had (measured on a clip looped four times: 351 MiB, with shared heaps 305).
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_M_ARENA_MAX, _HEAPS)


def keep_freed(most_bytes: int) -> None:
    """Have the C library keep up to `most_bytes` that were freed, for what is needed next.

    Otherwise it gives a picture's memory back and asks for it anew with every frame, which took 200 page faults and a millisecond a frame
    of 768 x 576 px.
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_M_MMAP_THRESHOLD, _LARGEST_PIECE_BYTES)
        library.mallopt(_M_TRIM_THRESHOLD, most_bytes)


class SpareMemory:
    """What tasks freed, given back to the system while nobody works, and once a minute otherwise.

    Not after each task: the next one wants most of it again, and the system clears each page anew. Every five seconds this took half a
    percent of the time of detect tasks. For any number of threads.
    """

    def __init__(self, interval_s: float = 60.0) -> None:
        self._interval_s = interval_s
        self._given_back_s = time.monotonic()
        self._is_more = False

    def task_ended(self) -> None:
        if time.monotonic() - self._given_back_s >= self._interval_s:
            self._give_back()
        else:
            self._is_more = True

    def nobody_works(self) -> None:
        if self._is_more:
            self._give_back()

    def _give_back(self) -> None:
        self._is_more, self._given_back_s = False, time.monotonic()
        library = _glibc()
        if library is not None:
            library.malloc_trim(0)


@cache
def _glibc() -> ctypes.CDLL | None:
    """The C library if it is one that has these calls."""
    try:
        library = ctypes.CDLL(None)
        known = bool(library.mallopt and library.malloc_trim)
    except (AttributeError, OSError):
        return None
    return library if known else None
