"""Where crops are cut."""

import numpy as np

from castlist.domain.geometry import clip_boxes
from castlist.domain.records import Float32, Int64


def crop_rectangles(boxes: Float32, width_px: int, height_px: int) -> Int64:
    """Whole pixels `(N, 4)` as (x1, y1, x2, y2), end excluded: boxes `(N, 4)` rounded outwards, inside the frame."""
    outwards = np.concatenate([np.floor(boxes[:, :2]), np.ceil(boxes[:, 2:])], axis=1)
    return clip_boxes(outwards, width_px, height_px).astype(np.int64)
