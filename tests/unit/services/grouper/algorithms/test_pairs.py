"""Pairs that follow each other are all found, and measured the same way round or about."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.records import Tracklet
from services.grouper.algorithms.pairs import successive_pairs
from services.grouper.algorithms.statistics import tracklet_statistics


def still(tracklet_id: int, first: int, last: int) -> Tracklet:
    frames = np.arange(first, last + 1)
    return Tracklet(tracklet_id, frames, frames, np.tile(np.float32([0, 0, 10, 20]), (len(frames), 1)), np.ones(len(frames), np.float32))


@given(st.lists(st.tuples(st.integers(0, 100), st.integers(0, 30)), max_size=25), st.integers(0, 40))
def test_all_pairs_within_the_gap_are_found_and_no_others(spans: list[tuple[int, int]], max_gap: int) -> None:
    spans = sorted(spans)
    statistics = tracklet_statistics([still(i, start, start + length) for i, (start, length) in enumerate(spans)])
    pairs = successive_pairs(statistics, max_gap, 1000)
    expected = {
        (i, j)
        for i, (first, length) in enumerate(spans)
        for j, (second, _) in enumerate(spans)
        if 1 <= second - (first + length) <= max_gap
    }
    found = list(zip(pairs.earlier.tolist(), pairs.later.tolist(), strict=True))
    assert set(found) == expected
    assert len(found) == len(expected)
    assert pairs.later.tolist() == sorted(pairs.later.tolist())
    assert np.all(pairs.gap_frames >= 1)


def test_only_the_last_predecessors_are_kept() -> None:
    statistics = tracklet_statistics([still(0, 0, 1), still(1, 0, 3), still(2, 0, 2), still(3, 5, 6)])
    pairs = successive_pairs(statistics, None, 2)
    assert list(zip(pairs.earlier.tolist(), pairs.later.tolist(), strict=True)) == [(1, 3), (2, 3)]


def test_measures_by_hand(make_tracklet) -> None:
    first = make_tracklet(1, range(5), at=(100, 100), step=(3, 4))
    second = make_tracklet(2, range(10, 15), at=(142, 116), step=(4, 3), size=(20, 50))
    pairs = successive_pairs(tracklet_statistics([first, second]), 30, 100)
    assert pairs.gap_frames.tolist() == [6]
    assert pairs.distance_px == pytest.approx([30])
    assert pairs.area_ratio == pytest.approx([800 / 1000])
    assert pairs.motion_alignment == pytest.approx([24 / 25])
    assert pairs.jitter_difference_px == pytest.approx([0], abs=1e-4)


@pytest.mark.parametrize(("size", "ratio"), [((20, 56), 1 / 1.4), ((20, 40 / 1.4), 1 / 1.4), ((20, 40), 1.0)])
def test_the_area_ratio_does_not_depend_on_the_order(make_tracklet, size, ratio) -> None:
    statistics = tracklet_statistics([make_tracklet(1, range(5)), make_tracklet(2, range(10, 15), size=size)])
    assert successive_pairs(statistics, 30, 100).area_ratio == pytest.approx([ratio], rel=1e-4)


def test_who_stands_still_has_no_direction(make_tracklet) -> None:
    statistics = tracklet_statistics([make_tracklet(1, range(5)), make_tracklet(2, range(10, 15), step=(4, 3))])
    assert np.isnan(successive_pairs(statistics, 30, 100).motion_alignment).tolist() == [True]
