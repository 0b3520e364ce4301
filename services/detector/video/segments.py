"""Where a video is cut, so that its parts can be read apart."""

import math
from fractions import Fraction
from itertools import pairwise

from castlist.domain.records import Int64
from castlist.domain.video import Segment

MOST_SEGMENTS = 2000
_TOLERANCE = Fraction(9, 10)  # a keyframe every 4.9 s serves a wish for 5 s


def segments_at_keyframes(first_pts: int, end_pts: int, keyframe_pts: Int64, time_base: Fraction, wanted_s: float) -> tuple[Segment, ...]:
    """Segments that cover `[first_pts, end_pts)`, each but the first starting at a keyframe.

    A segment lasts about `wanted_s` seconds or, where keyframes are rare, until the next one;
    longer where the video would need more than `MOST_SEGMENTS`. `keyframe_pts` rises.
    """
    span = Fraction(end_pts - first_pts)
    shortest = max(Fraction(wanted_s).limit_denominator(1_000_000) * _TOLERANCE / time_base, span / MOST_SEGMENTS)
    wanted = shortest / _TOLERANCE
    starts = [first_pts]
    for keyframe, following in pairwise([*keyframe_pts[keyframe_pts < end_pts].tolist(), end_pts + math.ceil(wanted)]):
        if keyframe - starts[-1] >= shortest and following - starts[-1] > wanted:
            starts.append(keyframe)
    return tuple(Segment(start, end) for start, end in zip(starts, [*starts[1:], end_pts], strict=True))
