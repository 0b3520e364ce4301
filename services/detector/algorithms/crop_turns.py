"""Which people of a crowded frame leave an image."""

import numpy as np

from castlist.domain.records import Bool, Float32

_GOLDEN = 0x9E3779B97F4A7C15  # 2^64 divided by the golden ratio
_WORD = 1 << 64


def in_turn(boxes: Float32, time_pts: int, most: int) -> Bool:
    """At most `most` of N boxes, and everyone's turn comes: `(N,)`.

    People are counted from left to right (ties: from the top, then by row), and every m-th has a turn, m being the least that keeps
    the bound. Whose turn it is follows from the frame's time since the video's start alone: multiples of the golden ratio reach
    all m turns evenly, whatever the step from frame to frame (Knuth, The Art of Computer Programming 3, 6.4, theorem S).
    """
    count = len(boxes)
    turns = -(-count // most)
    if turns <= 1:
        return np.ones(count, np.bool_)
    turn = (time_pts * _GOLDEN % _WORD) * turns // _WORD
    middles = boxes[:, 0].astype(np.float64) + boxes[:, 2]
    ranks = np.empty(count, np.int64)
    ranks[np.lexsort((np.arange(count), boxes[:, 1], middles))] = np.arange(count)
    chosen: Bool = ranks % turns == turn
    return chosen
