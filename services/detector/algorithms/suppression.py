"""Which boxes stay: one a person, inside the frame, in a fixed order.

Boxes are `(N, 4)` float32 xyxy pixels of the frame, confidences `(N,)` float32, row-aligned.
"""

import numpy as np
from numpy.typing import NDArray

from castlist.domain.geometry import areas, clip_boxes, iou_matrix
from castlist.domain.records import Float32, Int64

_CUT_MARGIN_PX = 6  # networks place the edge of a cut body this near to the edge of the tile
_CUT_CONTAINED = 0.5  # share of a cut box inside a whole one that makes both the same person
_TILE_FILLED = 0.6  # share of a tile's height from which on people are better seen in the whole frame
_SMALLEST_SIDE_PX = 1.0

Mask = NDArray[np.bool_]


def people_in_frame(
    boxes: Float32, confidences: Float32, view_of: Int64, views: Int64, frame_size_px: tuple[int, int], max_iou: float
) -> tuple[Float32, Float32, int]:
    """Join what was seen in the views of one frame of (width, height); `view_of` `(N,)` names each box's row in `views`.

    Boxes are clipped to the frame and degenerate ones dropped, whose number is returned too: with numbers that are not finite,
    or less than a pixel wide or high inside the frame. Then people whom another view shows better, parts of people at tile
    borders, and all but the most confident of boxes that overlap by more than `max_iou`.
    """
    clipped = clip_boxes(boxes, *frame_size_px).astype(np.float32, copy=False)
    sound = _sound(boxes, clipped, confidences)
    boxes, confidences, view_of = clipped[sound], confidences[sound], view_of[sound]
    for superseded in (_better_shown_elsewhere, _seen_whole_elsewhere) if len(views) > 1 else ():
        kept = ~superseded(boxes, view_of, views, frame_size_px)
        boxes, confidences, view_of = boxes[kept], confidences[kept], view_of[kept]
    order = np.lexsort((boxes[:, 3], boxes[:, 2], boxes[:, 1], boxes[:, 0], -confidences))
    boxes, confidences = boxes[order], confidences[order]
    kept = not_suppressed(boxes, max_iou)
    return boxes[kept], confidences[kept], len(sound) - int(sound.sum())


def at_least_high(boxes: Float32, confidences: Float32, height_px: float) -> tuple[Float32, Float32]:
    """The boxes of a frame that are no less high than that, and their confidences."""
    kept = boxes[:, 3] - boxes[:, 1] >= height_px
    return boxes[kept], confidences[kept]


def not_suppressed(boxes: Float32, max_iou: float) -> Mask:
    """Greedy non-maximum suppression of boxes in order of falling confidence, as a mask `(N,)`.

    A box goes if a kept one before it overlaps it by more than `max_iou`. Solved for all boxes at once:
    each round settles at least one more box, usually all.
    """
    overlaps = np.triu(iou_matrix(boxes, boxes) > max_iou, k=1)
    kept: Mask = np.ones(len(boxes), bool)
    while True:
        settled: Mask = np.invert(np.any(overlaps[kept], axis=0))
        if np.array_equal(settled, kept):
            return kept
        kept = settled


def _sound(boxes: Float32, clipped: Float32, confidences: Float32) -> Mask:
    """Boxes `(N,)` that are some."""
    x1, y1, x2, y2 = clipped.T
    large: Mask = (x2 - x1 >= _SMALLEST_SIDE_PX) & (y2 - y1 >= _SMALLEST_SIDE_PX)
    return large & np.isfinite(boxes).all(axis=1) & np.isfinite(confidences)


def _better_shown_elsewhere(boxes: Float32, view_of: Int64, views: Int64, frame_size_px: tuple[int, int]) -> Mask:
    """Boxes `(N,)` of a size that belongs to other views.

    People who fill much of a tile's height are taken from the whole frame, so parts of them at a tile's
    border go; all others are taken from the tiles.
    """
    sizes = (views[:, 2:] - views[:, :2]).prod(axis=1)
    tile_height = views[sizes.argmin(), 3] - views[sizes.argmin(), 1]
    from_tile = sizes[view_of] == sizes.min()
    large = boxes[:, 3] - boxes[:, 1] >= _TILE_FILLED * tile_height
    shown_whole = bool(sizes.max() > sizes.min())
    part_of_large = shown_whole & from_tile & large & _cut_by_a_border(boxes, views[view_of], frame_size_px)
    elsewhere: Mask = part_of_large | (~from_tile & ~large)
    return elsewhere


def _seen_whole_elsewhere(boxes: Float32, view_of: Int64, views: Int64, frame_size_px: tuple[int, int]) -> Mask:
    """Boxes `(N,)` that a border between tiles cuts and that lie mostly in an uncut box of another view."""
    cut = _cut_by_a_border(boxes, views[view_of], frame_size_px)
    top_left = np.maximum(boxes[:, None, :2], boxes[None, :, :2])
    bottom_right = np.minimum(boxes[:, None, 2:], boxes[None, :, 2:])
    shared = np.clip(bottom_right - top_left, 0, None).prod(axis=2)
    contained = shared > _CUT_CONTAINED * areas(boxes)[:, None]
    better = ~cut[None, :] & (view_of[:, None] != view_of[None, :]) & (areas(boxes)[None, :] >= areas(boxes)[:, None])
    seen: Mask = cut & (contained & better).any(axis=1)
    return seen


def _cut_by_a_border(boxes: Float32, views: Int64, frame_size_px: tuple[int, int]) -> Mask:
    """Boxes that reach a side of their view which is not a side of the frame; `views` is row-aligned with them."""
    inner = np.concatenate([views[:, :2] > 0, views[:, 2:] < np.array(frame_size_px)], axis=1)
    cut: Mask = (inner & (np.abs(boxes - views) <= _CUT_MARGIN_PX)).any(axis=1)
    return cut
