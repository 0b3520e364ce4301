"""Who stands still leaves one image in a span of time, however the video is cut."""

import numpy as np

from castlist.domain.geometry import iou_matrix
from castlist.domain.records import Bool, Float32, Int64

STILL_IOU = 0.9
"""Boxes that overlap at least so much show somebody who did not move."""


def repeats(boxes: Float32, seen: Float32) -> Bool:
    """Which boxes `(N, 4)` show somebody who stands as in one of those seen before, `(M, 4)` with M at least 1."""
    still: Bool = iou_matrix(boxes, seen).max(axis=1) >= STILL_IOU
    return still


def still_crops(windows: Int64, frame_numbers: Int64, boxes: Float32) -> Bool:
    """Which of K images (K,) repeat one of the first frame with images in their window. Rows are ordered by frame, `boxes` (K, 4).

    The rule looks at that frame alone, never at what was left out since. So whoever sees a window from its middle on, since a
    segment begins there, leaves out no more than whoever sees all of it, and applying the rule again to
    everything that is left gives the same whatever was left out before.
    """
    found = np.zeros(len(windows), np.bool_)
    edges = np.flatnonzero(np.diff(windows, prepend=-1, append=-1)) if len(windows) else np.zeros(1, np.int64)
    for start, end in zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True):
        later = start + int(np.searchsorted(frame_numbers[start:end], frame_numbers[start], "right"))
        if later < end:
            found[later:end] = repeats(boxes[later:end], boxes[start:later])
    return found
