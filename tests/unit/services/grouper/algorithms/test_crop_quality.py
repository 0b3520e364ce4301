"""Each factor at its best, at its worst, and the score by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.grouper.algorithms.crop_quality import covered_parts, crop_quality

FRAME = (400, 300)


def box(width: float, height: float, center=(200.0, 150.0)) -> list[float]:
    x, y = center
    return [x - width / 2, y - height / 2, x + width / 2, y + height / 2]


def quality(*boxes: list[float], confidence: float = 1.0, overlap: float = 0.0, sharpness: list[float] | None = None):
    count = len(boxes)
    sharp = np.ones(count, np.float32) if sharpness is None else np.float32(sharpness)
    return crop_quality(np.float32(boxes).reshape(-1, 4), np.full(count, confidence, np.float32), np.full(count, overlap), sharp, FRAME)


@pytest.mark.parametrize(
    ("sides", "factor"), [((50, 100), 1.0), ((100, 100), 0.3), ((25, 100), 0.3), ((10, 100), 0.3), ((50 * 2**0.5, 100), 0.65)]
)
def test_aspect_is_height_by_width(sides, factor: float) -> None:
    found = quality(box(*sides))
    assert found.aspect_ratio == pytest.approx([sides[1] / sides[0]], rel=1e-5)
    assert found.aspect_factor == pytest.approx([factor], rel=1e-4)


@pytest.mark.parametrize(("share", "factor"), [(0.01, 1.0), (0.1, 1.0), (0.3, 1.0), (0.005, 0.65), (0.65, 0.65), (1.0, 0.3), (1e-6, 0.3)])
def test_size_is_best_between_1_and_30_percent(share: float, factor: float) -> None:
    side = np.sqrt(share * FRAME[0] * FRAME[1])
    assert quality(box(side, side)).size_factor == pytest.approx([factor], rel=1e-3)


@pytest.mark.parametrize(("center", "factor"), [((200, 150), 1.0), ((0, 0), 0.5), ((400, 300), 0.5), ((300, 225), 0.75)])
def test_center_is_best_in_the_middle(center, factor: float) -> None:
    assert quality(box(50, 100, center)).center_factor == pytest.approx([factor])


def test_score_and_rank_by_hand() -> None:
    found = quality(box(25, 50), box(50, 100), box(50, 100), confidence=0.8, overlap=0.5)
    assert found.visibility_score == pytest.approx([0.5, 0.5, 0.5])
    assert found.quality_score == pytest.approx([0.8 * 0.25 * 0.5, 0.8 * 0.5, 0.8 * 0.5])
    assert found.quality_score_x10 == pytest.approx([10 * 0.1 ** (1 / 3), 10 * 0.4 ** (1 / 3), 10 * 0.4 ** (1 / 3)])
    assert found.quality_rank.tolist() == [3, 1, 2]
    assert found.area.tolist() == [1250, 5000, 5000]


def test_sharpness_counts_against_the_sharp_ones_of_the_same_tracklet() -> None:
    crops = [box(50, 100)] * 5
    found = quality(*crops, sharpness=[100, 50, 0, 200, 100])  # the 75th percentile of these is 100
    assert found.relative_sharpness == pytest.approx([1, 0.5, 0, 2, 1])
    assert found.sharpness_factor == pytest.approx([1, 0.75, 0.5, 1, 1])
    assert found.visibility_score == pytest.approx([1, 0.75, 0.5, 1, 1])
    assert quality(*crops, sharpness=[1000, 500, 0, 2000, 1000]).sharpness_factor == pytest.approx(found.sharpness_factor)


def test_where_nothing_is_sharp_nothing_is_blurred() -> None:
    assert quality(box(50, 100), box(50, 100), sharpness=[0, 0]).sharpness_factor.tolist() == [1, 1]


@given(
    st.lists(
        st.tuples(
            st.floats(-50, 450),
            st.floats(-50, 350),
            st.floats(0, 500),
            st.floats(0, 500),
            st.floats(0, 1),
            st.floats(0, 1),
            st.floats(0, 1e4),
        ),
        max_size=20,
    )
)
def test_scores_lie_in_their_ranges_and_both_give_one_order(rows) -> None:
    table = np.array(rows, np.float32).reshape(-1, 7)
    boxes = np.concatenate([table[:, :2], table[:, :2] + table[:, 2:4]], axis=1)
    found = crop_quality(boxes, table[:, 4], table[:, 5].astype(np.float64), table[:, 6], FRAME)
    assert np.all((found.quality_score >= 0) & (found.quality_score <= 1))
    assert np.all((found.quality_score_x10 >= 0) & (found.quality_score_x10 <= 10))
    by_rank = np.argsort(found.quality_rank)
    assert np.all(np.diff(found.quality_score_x10[by_rank]) <= 0)
    assert np.all((found.visibility_score >= 0) & (found.visibility_score <= 1))
    assert sorted(found.quality_rank.tolist()) == list(range(1, len(rows) + 1))


def test_covered_parts() -> None:
    boxes = np.float32([[0, 0, 10, 10], [20, 0, 30, 10]])
    others = np.float32([[5, 0, 15, 10], [0, 0, 10, 2], [29, 9, 40, 40]])
    assert covered_parts(boxes, others).tolist() == [0.5, 0.01]
    assert covered_parts(boxes, others[:0]).tolist() == [0, 0]
    assert covered_parts(boxes[:0], others).tolist() == []
