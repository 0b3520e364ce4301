"""Each fault by itself, the gravest of several, and nobody is left without crops."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grouper.algorithms.crop_quality import crop_quality
from services.grouper.algorithms.crop_rejection import CropLimits, Rejection, rejections, usable_crops
from tests.fixtures.crop_tables import crop_table

FRAME = (400, 300)
LIMITS = CropLimits(min_quality_score=3.0, min_confidence=0.4, min_height_px=32, min_relative_sharpness=0.25, max_overlap=0.15)
GOOD = ([175, 100, 225, 200], 0.9, 0.0, 100.0)


def reasons_of(*crops: tuple[Any, ...], limits: CropLimits = LIMITS) -> list[str]:
    """Rejection reasons of crops given as box, confidence, overlap, sharpness and perhaps "blank"."""
    boxes = np.array([crop[0] for crop in crops], np.float32)
    confidences, sharpness = (np.array([crop[column] for crop in crops], np.float32) for column in (1, 3))
    quality = crop_quality(boxes, confidences, np.array([crop[2] for crop in crops]), sharpness, FRAME)
    table = crop_table({1: dict.fromkeys(range(len(crops)), 0.0)})
    table = replace(table, boxes=boxes, confidences=confidences, blank=np.array([crop[4:] == ("blank",) for crop in crops]))
    return [Rejection(code).reason for code in rejections(quality, table, FRAME, limits).tolist()]


@pytest.mark.parametrize(
    ("box", "confidence", "overlap", "sharpness", "reason"),
    [
        (*GOOD, ""),
        ([0.9, 100, 51, 200], 0.9, 0.0, 100.0, "cut_off"),
        ([1.5, 100, 51, 200], 0.9, 0.0, 100.0, ""),
        ([350, 100, 399.5, 200], 0.9, 0.0, 100.0, "cut_off"),
        ([175, 200, 225, 300], 0.9, 0.0, 100.0, "cut_off"),
        ([175, 0, 225, 100], 0.9, 0.0, 100.0, "cut_off"),
        ([175, 100, 225, 200], 0.39, 0.0, 100.0, "faint"),
        ([175, 100, 225, 200], 0.4, 0.0, 100.0, ""),
        ([195, 140, 210, 171], 0.9, 0.0, 100.0, "too_small"),
        ([175, 100, 225, 200], 0.9, 0.0, 24.0, "blurred"),
        ([175, 100, 225, 200], 0.9, 0.0, 26.0, ""),
        ([175, 100, 225, 200], 0.9, 0.16, 100.0, "covered"),
        ([175, 100, 225, 200], 0.9, 0.15, 100.0, ""),
        ([5, 5, 77, 38], 0.41, 0.0, 30.0, "below_min_quality"),  # lies in a corner, half as large as the others
        ([0, 0, 10, 20], 0.1, 0.9, 0.0, "covered"),  # has every fault
        ([0, 0, 10, 20], 0.1, 0.0, 0.0, "blurred"),
        ([0, 0, 10, 20], 0.1, 0.0, 100.0, "too_small"),
    ],
)
def test_the_gravest_fault_is_the_reason(box, confidence, overlap, sharpness, reason) -> None:
    assert reasons_of((box, confidence, overlap, sharpness), GOOD, GOOD, GOOD)[0] == reason


def test_a_blank_crop_has_the_gravest_fault() -> None:
    assert reasons_of((*GOOD, "blank"), ([0, 0, 10, 20], 0.1, 0.9, 0.0, "blank"), GOOD) == ["blank", "blank", ""]
    assert usable_crops(np.array([Rejection.BLANK, Rejection.COVERED, Rejection.BLANK]), np.zeros(3)).tolist() == [1]
    assert usable_crops(np.array([Rejection.BLANK]), np.zeros(1)).tolist() == []


def test_the_limit_of_quality_is_on_the_scale_to_ten() -> None:
    fair = ([175, 100, 225, 200], 0.5, 0.0, 100.0)  # 10 * cbrt(0.5) = 7.94
    assert reasons_of(fair, limits=CropLimits(7.9, 0, 0, 0, 1)) == [""]
    assert reasons_of(fair, limits=CropLimits(8.0, 0, 0, 0, 1)) == ["below_min_quality"]


NONE, CUT_OFF, FAINT, BLURRED, COVERED = (
    Rejection.NONE,
    Rejection.CUT_OFF,
    Rejection.FAINT,
    Rejection.BLURRED,
    Rejection.COVERED,
)


@pytest.mark.parametrize(
    ("codes", "overlaps", "rows"),
    [
        ([NONE, CUT_OFF, NONE, NONE, NONE, COVERED], [0.0] * 6, [0, 2, 3, 4]),
        ([CUT_OFF] * 6, [0.0] * 6, [0, 1, 2, 3, 4, 5]),  # says nothing of any one of them
        ([NONE, CUT_OFF, CUT_OFF, FAINT, BLURRED, CUT_OFF], [0.0] * 6, [0, 1, 2, 5]),
        ([NONE, FAINT, BLURRED, COVERED, COVERED, COVERED], [0, 0, 0, 0.9, 0.2, 0.2], [0, 1, 2, 4]),
        ([COVERED] * 6, [0.9, 0.3, 0.9, 0.3, 0.3, 0.9], [0, 1, 3, 4]),
        ([COVERED, BLURRED], [1.0, 0.0], [0, 1]),
        ([], [], []),
    ],
)
def test_usable_crops(codes, overlaps, rows) -> None:
    assert usable_crops(np.array(codes, np.int64), np.array(overlaps, float)).tolist() == rows


@given(st.lists(st.tuples(st.sampled_from(list(Rejection)), st.floats(0, 1)), max_size=40))
def test_nobody_who_is_seen_is_left_without_crops(crops) -> None:
    codes = np.array([code for code, _ in crops], np.int64)
    rows = usable_crops(codes, np.array([overlap for _, overlap in crops]))
    assert len(rows) >= min(4, int(np.sum(codes != Rejection.BLANK)))
    assert np.all(np.diff(rows) > 0)
    assert set(np.flatnonzero(codes == 0)) <= set(rows.tolist())
    if np.sum(codes == 0) >= 4:
        assert np.all(codes[rows] == 0)
