"""The five checks with their defaults, at their limits and beyond."""

import numpy as np
import pytest

from castlist.domain.parameters import GroupParameters
from services.grouper.algorithms.checks import Verdict, five_checks, prediction_check, reid_candidates
from services.grouper.algorithms.pairs import TrackletPairs


def pair(gap=5, distance=10.0, area=1.0, motion=1.0, jitter=0.0, cuts=0) -> TrackletPairs:
    measured = (gap, distance, area, motion, jitter, cuts)
    return TrackletPairs(np.array([0]), np.array([1]), *(np.array([value]) for value in measured))


def verdicts(pairs: TrackletPairs, **parameters) -> dict[str, str]:
    return {check.name: check.verdicts()[0].value for check in five_checks(pairs, GroupParameters(**parameters))}


ALL_PASS = {"temporal": "passed", "spatial": "passed", "area": "passed", "motion": "passed", "jitter": "passed"}


@pytest.mark.parametrize(
    ("name", "at_limit", "beyond"),
    [
        ("temporal", {"gap": 30}, {"gap": 31}),
        ("spatial", {"distance": 200.0}, {"distance": 200.1}),
        ("area", {"area": 0.7}, {"area": 0.69}),
        ("motion", {"motion": 0.6}, {"motion": 0.59}),
        ("jitter", {"jitter": 40.0}, {"jitter": 40.1}),
    ],
)
def test_default_limits(name: str, at_limit: dict[str, float], beyond: dict[str, float]) -> None:
    assert verdicts(pair(**at_limit)) == ALL_PASS
    assert verdicts(pair(**beyond)) == ALL_PASS | {name: "failed"}
    assert verdicts(pair(**beyond), **{f"check_{name}": False}) == ALL_PASS | {name: "off"}
    check = next(check for check in five_checks(pair(**beyond), GroupParameters(**{f"check_{name}": False})) if check.name == name)
    assert check.passed.tolist() == [True]


def test_motion_is_skipped_where_there_is_no_direction() -> None:
    pairs = pair(motion=np.nan)
    assert verdicts(pairs) == ALL_PASS | {"motion": "skipped"}
    assert all(check.passed[0] for check in five_checks(pairs, GroupParameters()))


def test_prediction_is_a_check_of_its_own() -> None:
    assert prediction_check(np.array([0.5, 0.51]), GroupParameters()).verdicts() == [Verdict.PASSED, Verdict.FAILED]
    assert prediction_check(np.array([9.0]), GroupParameters(check_prediction=False)).verdicts() == [Verdict.OFF]


@pytest.mark.parametrize(
    ("measures", "chosen"),
    [
        ({"gap": 60, "distance": 200.0, "area": 0.5}, True),
        ({"gap": 61}, False),
        ({"distance": 200.1}, False),
        ({"area": 0.49}, False),
        ({"motion": -1.0, "jitter": 99.0}, True),
    ],
)
def test_candidates_are_looser(measures: dict[str, float], chosen: bool) -> None:
    assert reid_candidates(pair(**measures), GroupParameters()).tolist() == [chosen]
