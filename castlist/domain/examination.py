"""Frames in which nobody was looked for are no gaps: what counts between two frames are those that were examined."""

import numpy as np

from castlist.domain.records import Int64

ALL_EXAMINED: Int64 = np.zeros(0, np.int64)
ALL_EXAMINED.flags.writeable = False


def examined_before(frames: Int64, unexamined: Int64) -> Int64:
    """How many frames were examined before each of some frames; `unexamined` are the numbers of the others, rising."""
    counts: Int64 = frames - np.searchsorted(unexamined, frames)
    return counts
