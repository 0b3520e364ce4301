"""How well a track's prediction and a detection agree: shape (T, N) for T tracks and N detections."""

import numpy as np

from castlist.domain.geometry import areas, centers, iou_matrix
from castlist.domain.records import Float64

_FULL_SPEED_SHARE = 0.01
_NO_DISTANCE_PX = 1e-9
_NO_AREA_PX2 = 1e-9


def height_modulated_iou(predicted: Float64, detected: Float64) -> Float64:
    """IoU times the overlap of the vertical extents, in 0..1.

    People at different depths end at different heights in the picture, so the second factor keeps apart who
    overlaps by chance. Source: Hybrid-SORT (Yang et al., AAAI 2024, section 3.2).
    """
    return iou_matrix(predicted, detected) * _vertical_overlap(predicted, detected)


def wide_iou(predicted: Float64, detected: Float64, margins: Float64) -> Float64:
    """Height-modulated IoU after a track's box and the detection both grew on each side by a share of their size.

    `margins` (T,) are each track's shares. Reaches people who went on behind something, or who move further than
    their own width from frame to frame. Source: C-BIoU (Yang et al., WACV 2023), there with fixed margins.
    """
    track_boxes = _grown(predicted, margins[:, None])[:, None]
    boxes = _grown(detected[None], margins[:, None, None])
    sides = np.minimum(track_boxes[..., 2:], boxes[..., 2:]) - np.maximum(track_boxes[..., :2], boxes[..., :2])
    shared = np.prod(np.clip(sides, 0, None), axis=-1)
    spanned = ((1 + 2 * margins) ** 2)[:, None] * (areas(predicted)[:, None] + areas(detected)) - shared
    overlap: Float64 = shared / np.maximum(spanned, _NO_AREA_PX2) * _vertical_overlap(predicted, detected)
    return overlap


def turn(velocities: Float64, origins: Float64, heights: Float64, detected: Float64) -> Float64:
    """How much a track would turn to reach a detection: 0 straight on, 1 back where it came from.

    `velocities` (T, 2) in pixels per frame; `origins` (T, 2) the centres where the tracks were last seen;
    `heights` (T,) of their boxes. Counts less for slow tracks, whose direction is uncertain. After the
    observation-centric momentum of OC-SORT (Cao et al., CVPR 2023, section 3.3), here with the filter's velocity.
    """
    ways = centers(detected)[None] - origins[:, None]
    speeds = np.hypot(velocities[:, 0], velocities[:, 1])
    lengths = np.hypot(ways[..., 0], ways[..., 1]) * speeds[:, None]
    along = ways[..., 0] * velocities[:, None, 0] + ways[..., 1] * velocities[:, None, 1]
    cosines = along / np.maximum(lengths, _NO_DISTANCE_PX)
    certainty = np.minimum(speeds / (_FULL_SPEED_SHARE * heights), 1)
    turns: Float64 = certainty[:, None] * (1 - cosines) / 2
    return turns


def _vertical_overlap(predicted: Float64, detected: Float64) -> Float64:
    """Intersection over union of the boxes' vertical extents."""
    top, bottom = predicted[:, None, 1], predicted[:, None, 3]
    shared = np.minimum(bottom, detected[:, 3]) - np.maximum(top, detected[:, 1])
    spanned = np.maximum(bottom, detected[:, 3]) - np.minimum(top, detected[:, 1])
    overlap: Float64 = np.clip(shared, 0, None) / np.maximum(spanned, _NO_DISTANCE_PX)
    return overlap


def _grown(boxes: Float64, margins: Float64) -> Float64:
    """Boxes (..., 4) and margins that broadcast with them."""
    border = margins * (boxes[..., 2:] - boxes[..., :2])
    return np.concatenate([boxes[..., :2] - border, boxes[..., 2:] + border], axis=-1)
