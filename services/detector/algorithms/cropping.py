"""Where crops are cut, and which show nothing."""

import numpy as np

from castlist.domain.geometry import clip_boxes
from castlist.domain.records import Bool, Float32, Int64

BLANK_BELOW_LEVELS = 16
"""Grey levels of 255: people in the clips at hand span 92 and more, a grey or lost picture next to none."""


def crop_rectangles(boxes: Float32, width_px: int, height_px: int) -> Int64:
    """Whole pixels `(N, 4)` as (x1, y1, x2, y2), end excluded: boxes `(N, 4)` rounded outwards, inside the frame."""
    outwards = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1)
    return clip_boxes(outwards, width_px, height_px).astype(np.int64)


def blank_crops(tone_spreads: Int64) -> Bool:
    """Which of N crops show one even tone, whatever its colour: `(N,)`."""
    return tone_spreads < BLANK_BELOW_LEVELS
