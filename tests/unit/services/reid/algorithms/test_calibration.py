"""The threshold follows the video where there is enough of it, and stays at the default where that is safe."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reid.algorithms.calibration import Evidence, calibrate, confidence, least_sure, tempting_pairs

ALIKE = np.full(40, 0.9)


def evidence(negatives: np.ndarray, positives: np.ndarray = ALIKE) -> Evidence:
    return Evidence(positives, negatives, np.ones(len(negatives), np.bool_))


def test_the_default_where_it_is_safe_and_keeps_people_together() -> None:
    found = calibrate(evidence(np.full(200, 0.4)), 0.70, 0.01)
    assert (found.threshold, found.source, found.false_merge_rate) == (0.70, "video", 0.01)
    assert found.reason == "0 of 200 pairs of people seen together would be merged at it, 1.00% at most are wanted"


def test_higher_where_people_look_alike() -> None:
    """Three of 200 at 0.8: two may be merged, so the third must not be."""
    found = calibrate(evidence(np.concatenate([np.full(197, 0.4), [0.78, 0.8, 0.85]])), 0.70, 0.01)
    assert found.threshold == pytest.approx(0.78, abs=2e-6)
    assert found.threshold > 0.78


def test_lower_where_one_person_looks_less_alike() -> None:
    assert calibrate(evidence(np.full(200, 0.2), np.full(40, 0.6)), 0.70, 0.01).threshold == 0.6


def test_false_merges_count_more_than_missed_ones() -> None:
    assert calibrate(evidence(np.full(200, 0.65), np.full(40, 0.6)), 0.70, 0.01).threshold == pytest.approx(0.65, abs=2e-6)


def test_who_has_a_better_match_is_no_danger() -> None:
    alike = Evidence(ALIKE, np.full(200, 0.95), np.zeros(200, np.bool_))
    assert calibrate(alike, 0.70, 0.01).threshold == 0.70


@pytest.mark.parametrize(("negatives", "positives"), [(99, 40), (200, 9), (0, 0)])
def test_too_little_evidence(negatives: int, positives: int) -> None:
    found = calibrate(evidence(np.full(negatives, 0.95), np.full(positives, 0.9)), 0.70, 0.01)
    assert (found.threshold, found.source) == (0.70, "default")
    assert f"{negatives} pairs of people seen together and {positives} tracklets in two parts, 100 and 10 are needed" in found.reason


def test_a_rate_of_nothing_can_never_be_shown() -> None:
    assert calibrate(evidence(np.full(5000, 0.95)), 0.70, 0.0).source == "default"


def test_histograms_count_everybody() -> None:
    found = calibrate(evidence(np.array([-1.5, 0.0, 0.31, 0.33]), np.array([1.0])), 0.70, 0.01)
    assert (found.negatives.count, sum(found.negatives.counts), found.positives.counts[-1]) == (4, 4, 1)
    assert len(found.negatives.edges) == len(found.negatives.counts) + 1
    assert found.negatives.edges[::20] == (-1.0, -0.5, 0.0, 0.5, 1.0)


def test_tempting_are_those_without_a_better_match() -> None:
    """0 and 1 are seen together; 2 was never seen with either and is more like both, 3 is like nobody."""
    sure = np.array([[1, 0.8, 0.9, 0], [0.8, 1, 0.85, 0], [0.9, 0.85, 1, 0], [0, 0, 0, 1.0]])
    together = np.zeros((4, 4), np.bool_)
    together[0, 1] = together[1, 0] = True
    assert tempting_pairs(sure, together, np.array([0]), np.array([1])).tolist() == [False]
    sure[1, 2] = sure[2, 1] = 0.7
    assert tempting_pairs(sure, together, np.array([0]), np.array([1])).tolist() == [True]


@given(
    st.lists(st.floats(-1, 1), min_size=100, max_size=300),
    st.lists(st.floats(-1, 1), min_size=10, max_size=30),
    st.sampled_from([0.01, 0.05]),
)
def test_no_more_than_the_wanted_share_is_ever_merged(negatives: list[float], positives: list[float], rate: float) -> None:
    found = calibrate(evidence(np.array(negatives), np.array(positives)), 0.70, rate)
    assert np.count_nonzero(np.array(negatives) >= found.threshold) <= rate * len(negatives)


def test_confidence_is_the_share_of_others_who_are_less_alike() -> None:
    many = np.concatenate([np.full(9_000, 0.5), np.full(1_000, 0.9)])
    assert confidence(0.8, many, 0.7) == pytest.approx(0.9, abs=0.001)
    assert confidence(0.95, many, 0.7) > 0.999
    assert confidence(0.7, np.zeros(0), 0.7) == 0.5
    assert confidence(0.9, np.zeros(0), 0.7) == pytest.approx(0.982, abs=0.001)


@given(st.lists(st.floats(-1, 1), max_size=50), st.floats(-1, 1), st.floats(-1, 1))
def test_who_is_more_alike_is_never_less_sure(negatives: list[float], one: float, other: float) -> None:
    values = [confidence(value, np.array(negatives), 0.7) for value in sorted((one, other))]
    assert 0 <= values[0] <= values[1] <= 1


@pytest.mark.parametrize("wanted", [0.0, 0.5, 0.9, 0.99])
def test_the_least_similarity_of_a_confidence(wanted: float) -> None:
    strangers = np.linspace(0.3, 0.9, 200)
    least = least_sure(strangers, 0.7, wanted)
    assert confidence(least, strangers, 0.7) >= wanted
    assert least == 0.7 or confidence(least - 1e-6, strangers, 0.7) < wanted
    assert least_sure(strangers, 0.7, 1.0) > 1
