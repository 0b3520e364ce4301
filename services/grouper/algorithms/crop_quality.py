"""How well a crop shows its person, from its box and its sharpness; every factor is stated so that it can be shown."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from castlist.domain.geometry import areas, centers
from castlist.domain.records import Float32, Float64, Int64

_IDEAL_ASPECT = 2.0  # height / width of an upright person, and of the network's input
_BEST_SHARES = (0.01, 0.30)  # of the frame's area
_LEAST_ASPECT_FACTOR, _LEAST_SIZE_FACTOR, _LEAST_CENTER_FACTOR, _LEAST_SHARPNESS_FACTOR = 0.3, 0.3, 0.5, 0.5
_LARGE_PERCENTILE, _SHARP_PERCENTILE = 95, 75  # of the crops that are compared with each other


@dataclass(frozen=True, slots=True, eq=False)
class CropQuality:
    """Columns for K crops of one tracklet, or of one person.

    `width`, `height` in px, `area` in px²; `aspect_ratio` is height / width.
    `aspect_factor` 0.3..1: 1 at 2.0, least at half or twice that. `size_factor` 0.3..1: 1 where the box
    takes 1 to 30 % of the frame. `center_factor` 0.5..1: 1 at the frame's centre. `overlap` 0..1: largest
    part of the box that another tracked box covers. `sharpness`: see `CropPack`; `relative_sharpness` is that
    divided by the 75th percentile of these crops, since clothes and light decide about its size as well, and
    `sharpness_factor` 0.5..1 is linear in it up to 1. `visibility_score` = the four factors x (1 - overlap).
    `quality_score` = confidence x area (relative to the 95th percentile of these crops, at most 1) x visibility,
    0..1. `quality_score_x10` = 10 x the geometric mean of those three, 0..10: the same order, on a scale on which
    a fair crop has 5 (a product of three fair parts is near 0.1). `quality_rank` counts from 1, the best; ties go
    to the earlier crop.
    """

    width: Float64
    height: Float64
    area: Float64
    aspect_ratio: Float64
    aspect_factor: Float64
    size_factor: Float64
    center_factor: Float64
    overlap: Float64
    sharpness: Float64
    relative_sharpness: Float64
    sharpness_factor: Float64
    visibility_score: Float64
    quality_score: Float64
    quality_score_x10: Float64
    quality_rank: Int64


def crop_quality(
    boxes: Float32, confidences: Float32, overlaps: Float64, sharpness: Float32, frame_size_px: tuple[int, int]
) -> CropQuality:
    """Quality of the crops of one tracklet or person, rows in order of time."""
    wide = boxes.astype(np.float64)
    sides = np.maximum(wide[:, 2:] - wide[:, :2], 1e-6)
    sizes = sides[:, 0] * sides[:, 1]
    aspects = sides[:, 1] / sides[:, 0]
    aspect_factors = 1 - (1 - _LEAST_ASPECT_FACTOR) * np.minimum(np.abs(np.log2(aspects / _IDEAL_ASPECT)), 1)
    size_factors = _size_factors(sizes / (frame_size_px[0] * frame_size_px[1]))
    center_factors = _center_factors(centers(wide), frame_size_px)
    relative_sharpness = _relative(sharpness.astype(np.float64), _SHARP_PERCENTILE)
    sharpness_factors = 1 - (1 - _LEAST_SHARPNESS_FACTOR) * (1 - np.minimum(relative_sharpness, 1))
    visibility = aspect_factors * size_factors * center_factors * sharpness_factors * (1 - overlaps)
    scores = confidences.astype(np.float64) * np.minimum(_relative(sizes, _LARGE_PERCENTILE), 1) * visibility
    ranks = np.empty(len(scores), np.int64)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return CropQuality(
        width=sides[:, 0],
        height=sides[:, 1],
        area=sizes,
        aspect_ratio=aspects,
        aspect_factor=aspect_factors,
        size_factor=size_factors,
        center_factor=center_factors,
        overlap=overlaps,
        sharpness=sharpness.astype(np.float64),
        relative_sharpness=relative_sharpness,
        sharpness_factor=sharpness_factors,
        visibility_score=visibility,
        quality_score=scores,
        quality_score_x10=10 * np.cbrt(scores),
        quality_rank=ranks,
    )


def covered_parts(boxes: Float32, others: Float32) -> Float64:
    """For each box `(N,)` the largest part of it, 0..1, that one of the other boxes `(M, 4)` covers."""
    if not len(boxes) or not len(others):
        return np.zeros(len(boxes))
    mine, theirs = boxes.astype(np.float64), others.astype(np.float64)
    top_left = np.maximum(mine[:, None, :2], theirs[None, :, :2])
    bottom_right = np.minimum(mine[:, None, 2:], theirs[None, :, 2:])
    sides = np.clip(bottom_right - top_left, 0, None)
    shared = sides[..., 0] * sides[..., 1]
    largest: Float64 = shared.max(axis=1) / np.maximum(areas(mine), 1e-6)
    return np.minimum(largest, 1.0)


def _relative(values: Float64, percentile: float) -> Float64:
    """Values divided by a percentile of them; 1 where that is 0, for then they tell nothing apart."""
    reference = float(np.percentile(values, percentile)) if len(values) else 0.0
    return values / reference if reference > 0 else np.ones(len(values))


def _size_factors(shares: Float64) -> Float64:
    low, high = _BEST_SHARES
    span = 1 - _LEAST_SIZE_FACTOR
    small = _LEAST_SIZE_FACTOR + span * np.minimum(shares / low, 1)
    large = 1 - span * np.clip((shares - high) / (1 - high), 0, 1)
    return np.minimum(small, large)


def _center_factors(middles: NDArray[np.floating], frame_size_px: tuple[int, int]) -> Float64:
    middle = np.array(frame_size_px) / 2
    away = middles - middle
    distances = np.hypot(away[:, 0], away[:, 1]) / np.hypot(*middle)
    factors: Float64 = 1 - (1 - _LEAST_CENTER_FACTOR) * np.minimum(distances, 1)
    return factors
