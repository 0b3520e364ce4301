"""Memory that a finished task needed goes back to the system, or to the next task, whichever thread runs it."""

import ctypes
from functools import cache

_M_ARENA_MAX = -8
_HEAPS = 2


def share_heaps() -> None:
    """Have all threads of the process share two heaps of the C library. To be called before they start.

    glibc gives each thread a heap of its own and keeps what was freed there, so a process would hold the sum of the
    largest tasks that its threads ever had (measured on a clip looped four times: 351 MiB, with shared heaps 305).
    """
    library = _glibc()
    if library is not None:
        library.mallopt(_M_ARENA_MAX, _HEAPS)


def return_free_memory() -> None:
    """Ask the C library to give back the pages that no object uses any more."""
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
