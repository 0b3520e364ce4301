"""How well a track's prediction and a detection agree: shape (T, N) for T tracks and N detections."""

import numpy as np

from castlist.domain.geometry import centers, iou_matrix
from castlist.domain.records import Float64

_FULL_SPEED_SHARE = 0.01
_NO_DISTANCE_PX = 1e-9


def height_modulated_iou(predicted: Float64, detected: Float64) -> Float64:
    """IoU times the overlap of the vertical extents, in 0..1.

    People at different depths end at different heights in the picture, so the second factor keeps apart who
    overlaps by chance. Source: Hybrid-SORT (Yang et al., AAAI 2024, section 3.2).
    """
    return iou_matrix(predicted, detected) * _vertical_overlap(predicted, detected)


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
