"""The interval is the exact one, and a merge is wrong where its sides are two people."""

import json

import numpy as np
import pytest

from benchmarks.merge_errors import Tally, clopper_pearson, judge
from castlist.codec.arrays import encode_npz
from castlist.codec.documents import encode_json
from castlist.codec.motchallenge import MotRows


@pytest.mark.parametrize(
    ("errors", "trials", "expected"),
    [(0, 10, (0.0, 0.3085)), (1, 10, (0.0025, 0.4450)), (5, 10, (0.1871, 0.8129)), (10, 10, (0.6915, 1.0)), (0, 0, (0.0, 1.0))],
)
def test_the_interval(errors: int, trials: int, expected: tuple[float, float]) -> None:
    """Values of tables of the binomial distribution; without errors the upper end is 1 - 0.025 to the power of 1/n."""
    assert clopper_pearson(errors, trials) == pytest.approx(expected, abs=1e-4)


def test_steps_are_judged_by_whom_their_sides_show() -> None:
    """Tracklets 1 and 2 show person 7, tracklet 3 person 8, tracklet 4 nobody."""
    boxes = np.array([[0, 0, 10, 20]] * 2 + [[100, 0, 110, 20]], np.float64)
    truth = MotRows(np.array([0, 1, 1]), np.array([7, 7, 8]), boxes, np.ones(3))
    columns = {
        "tracklet_ids": np.array([1, 2, 3, 4]),
        "offsets": np.array([0, 1, 2, 3, 4]),
        "frame_numbers": np.array([0, 1, 1, 5]),
        "bboxes": np.concatenate([boxes, boxes[:1]]).astype(np.float32),
    }
    steps = [([1], [2], False), ([1, 2], [3], False), ([4], [1], False), ([1], [3], True)]
    published = {
        "tracklet_stats.npz": encode_npz(columns),
        "grouping_log.json": encode_json({"persons": [{"person_id": number, "tracklets": [number]} for number in (1, 2, 3, 4)]}),
        "merge_plan.json": encode_json({"steps": [{"persons_1": a, "persons_2": b, "unsure": unsure} for a, b, unsure in steps]}),
    }
    assert json.loads(published["merge_plan.json"])["steps"][3]["unsure"]
    assert judge(published, truth) == Tally(judged=2, false=1, unjudged=1, unsure=1, unsure_false=1)
