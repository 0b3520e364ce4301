"""Memory that a finished task needed goes back to the system."""

import ctypes
from collections.abc import Callable
from functools import cache


def return_free_memory() -> None:
    """Ask the C library to give back the pages that no object uses any more; nothing where it can't be asked.

    glibc keeps them for each thread that ever needed them, so a long-lived worker would grow towards the sum
    of the largest tasks that its threads ever had.
    """
    _trim()(0)


@cache
def _trim() -> Callable[[int], int]:
    try:
        trim: Callable[[int], int] = ctypes.CDLL(None).malloc_trim
    except (AttributeError, OSError):  # not glibc
        return lambda _: 0
    return trim
