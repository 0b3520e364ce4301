"""Boxes as arrays. Rows are (x1, y1, x2, y2) in pixels, origin top left."""

import numpy as np
from numpy.typing import NDArray

Boxes = NDArray[np.floating]


def areas(boxes: Boxes) -> Boxes:
    """Areas `(N,)` in square pixels; 0 for a box turned inside out."""
    sides: Boxes = np.clip(boxes[:, 2:] - boxes[:, :2], 0, None)
    return sides[:, 0] * sides[:, 1]


def centers(boxes: Boxes) -> Boxes:
    """Centres `(N, 2)` as (x, y)."""
    middle: Boxes = (boxes[:, :2] + boxes[:, 2:]) / 2
    return middle


def iou_matrix(first: Boxes, second: Boxes) -> Boxes:
    """Intersection over union `(N, M)`; `[i, j]` compares `first[i]` with `second[j]`. 0 where both are empty."""
    top_left = np.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = np.minimum(first[:, None, 2:], second[None, :, 2:])
    sides = np.clip(bottom_right - top_left, 0, None)
    intersection = sides[..., 0] * sides[..., 1]
    union = areas(first)[:, None] + areas(second)[None, :] - intersection
    ratio: Boxes = np.divide(intersection, union, out=np.zeros_like(intersection), where=union > 0)
    return ratio


def clip_boxes(boxes: Boxes, width_px: int, height_px: int) -> Boxes:
    """Boxes moved inside the frame `[0, width] x [0, height]`; may become empty."""
    limits = np.array([width_px, height_px, width_px, height_px], boxes.dtype)
    clipped: Boxes = np.clip(boxes, 0, limits)
    return clipped
