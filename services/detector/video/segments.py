"""Where a video is cut, so that its parts can be read apart."""

import math
from fractions import Fraction
from itertools import pairwise

import numpy as np

from castlist.domain.records import Int64
from castlist.domain.video import Segment

MOST_SEGMENTS = 2000
_USUAL_S, _LEAST_FRAMES = 5, 100  # what a task takes besides, some 20 ms, is little beside so many frames
_PARALLEL, _MOST_FRAMES = 32, 200  # of more segments, for which there are workers enough, each grows up to so many frames
_TOLERANCE = Fraction(9, 10)  # a keyframe every 4.9 s serves a wish for 5 s


def segment_length_s(wanted_s: float, frame_rate: Fraction, duration_s: float) -> float:
    """The length that is wished for; if that is 0, the usual one, longer at low frame rates and in long videos."""
    shortest_s, longest_s = (float(max(Fraction(_USUAL_S), frames / frame_rate)) for frames in (_LEAST_FRAMES, _MOST_FRAMES))
    return wanted_s or min(max(shortest_s, duration_s / _PARALLEL), longest_s)


def segments_at_keyframes(frame_pts: Int64, end_pts: int, keyframe_pts: Int64, time_base: Fraction, wanted_s: float) -> tuple[Segment, ...]:
    """Segments that cover all frames up to `end_pts`, each but the first starting at a keyframe.

    A segment lasts about `wanted_s` seconds or, where keyframes are rare, until the next one;
    longer where the video would need more than `MOST_SEGMENTS`. Both `frame_pts`, of all frames, and `keyframe_pts` rise.
    """
    first_pts = int(frame_pts[0])
    span = Fraction(end_pts - first_pts)
    shortest = max(Fraction(wanted_s).limit_denominator(1_000_000) * _TOLERANCE / time_base, span / MOST_SEGMENTS)
    wanted = shortest / _TOLERANCE
    starts = [first_pts]
    for keyframe, following in pairwise([*keyframe_pts[keyframe_pts < end_pts].tolist(), end_pts + math.ceil(wanted)]):
        if keyframe - starts[-1] >= shortest and following - starts[-1] > wanted:
            starts.append(keyframe)
    before = np.searchsorted(frame_pts, starts) - 1
    previous = [None, *frame_pts[before[1:]].tolist()]
    return tuple(map(Segment, starts, [*starts[1:], end_pts], previous))
