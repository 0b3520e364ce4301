"""From crops to a plan: persons who return are found, companions are kept apart, and edits are kept."""

import numpy as np
import pytest

from castlist.domain.cast import Cast, CastPerson
from castlist.domain.parameters import CompareParameters
from castlist.domain.records import Person, Tracklet
from services.reid.algorithms.merge_plan import CropVectors, Plan, calibration_document, halves, make_plan, plan_document
from services.reid.algorithms.person_looks import person_looks
from tests.fixtures.crop_tables import crop_table

RED, PINK, BLUE = (1.0, 0.0, 0.0), (0.96, 0.28, 0.0), (0.0, 0.0, 1.0)
Looks = tuple[range, tuple[float, float, float]]


def tracklet(number: int, frames: range) -> Tracklet:
    """A box of its own height of the frame for each, so that all are apart."""
    numbers = np.array(frames, np.int64)
    boxes = np.tile(np.array([0, 50 * number, 20, 50 * number + 40], np.float32), (len(numbers), 1))
    return Tracklet(number, numbers, numbers * 100 + number, boxes, np.ones(len(numbers), np.float32))


def persons(*looks: Looks) -> tuple[list[Person], list[Tracklet]]:
    tracklets = [tracklet(number, frames) for number, (frames, _) in enumerate(looks, start=1)]
    return [
        Person(t.tracklet_id, (t.tracklet_id,), t.frame_numbers, t.detection_indices, t.boxes, t.confidences) for t in tracklets
    ], tracklets


def crops(*looks: Looks, covered: frozenset[int] = frozenset()) -> CropVectors:
    """A crop every second frame; those of tracklets in `covered` are covered by somebody."""
    rows = {number: list(frames[::2]) for number, (frames, _) in enumerate(looks, start=1)}
    table = crop_table({number: dict.fromkeys(own, 0.5 if number in covered else 0.0) for number, own in rows.items()})
    vector_of = {frame * 100 + number: looks[number - 1][1] for number, own in rows.items() for frame in own}
    detections = np.array(sorted(vector_of), np.int64)
    return CropVectors(table, detections, np.array([vector_of[key] for key in detections.tolist()], np.float32).reshape(-1, 3))


def plan(*looks: Looks, edited: Cast | None = None, covered: frozenset[int] = frozenset(), **parameters) -> Plan:
    return make_plan(*persons(*looks), crops(*looks, covered=covered), edited, CompareParameters(**parameters))


LEAVES, COMPANION, RETURNS = (range(40), RED), (range(20, 60), PINK), (range(500, 540), RED)


def test_who_returns_is_found_and_not_taken_for_the_companion() -> None:
    """1 and 2 are seen together and look alike; 3 is 1, who came back."""
    found = plan(LEAVES, COMPANION, RETURNS)
    assert found.automatic() == [([1], [3])]
    document = plan_document(found, "auto", applied=True)
    assert document["persons_after"] == 2
    (step,) = document["steps"]
    assert {name: step[name] for name in ("step", "persons_1", "persons_2", "person", "similarity", "unsure", "applied")} == {
        "step": 1,
        "persons_1": [1],
        "persons_2": [3],
        "person": 1,
        "similarity": 1.0,
        "unsure": False,
        "applied": True,
    }
    assert 0.5 < step["confidence"] <= 1


def test_a_plan_alone_applies_nothing() -> None:
    document = plan_document(plan(LEAVES, RETURNS), "plan", applied=False)
    assert document["persons_after"] == 2
    assert [step["applied"] for step in document["steps"]] == [False]
    assert "proposed only" in document["steps"][0]["reason"]


def test_few_or_covered_crops_are_unsure() -> None:
    few = plan((range(2), RED), (range(100, 140), RED))
    assert [step.unsure for step in few.steps] == [True]
    assert few.automatic() == []
    hidden = plan(LEAVES, RETURNS, covered=frozenset({2}))
    assert [step.unsure for step in hidden.steps] == [True]
    assert "20 and 0 clear crops" in plan_document(hidden, "auto", applied=True)["steps"][0]["reason"]


def test_merges_and_partings_of_the_user_are_kept() -> None:
    """4 looks like 1 and 3; the user merged 1 with 2, who was seen before it, and says that 3 is not 1."""
    looks = (LEAVES, (range(60, 100), BLUE), (range(500, 540), RED), (range(600, 640), BLUE))
    edited = Cast((CastPerson(1, (1, 2), (1, 2)), CastPerson(3, (3,), (3,)), CastPerson(4, (4,), (4,))), 4, kept_apart=((1, 3),))
    assert plan(*looks).automatic() == [([1], [3]), ([2], [4])]
    assert plan(*looks, edited=edited, similarity_threshold=0.4, min_confidence=0.0, doubt=0.0).automatic() == [([1, 2], [4])]


def test_an_ignored_person_is_not_proposed() -> None:
    edited = Cast((CastPerson(1, (1,), (1,), ignored=True), CastPerson(2, (2,), (2,))), 2)
    assert plan(LEAVES, RETURNS, edited=edited).steps == ()


def test_nobody_without_looks_is_proposed() -> None:
    everybody, tracklets = persons(LEAVES, RETURNS)
    nothing = CropVectors(crop_table({}), np.zeros(0, np.int64), np.zeros((0, 0), np.float32))
    assert make_plan(everybody, tracklets, nothing, None, CompareParameters(similarity_threshold=-1.0)).steps == ()
    assert make_plan([], [], nothing, None, CompareParameters()).steps == ()


@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_broken_vectors_say_nothing(broken: float) -> None:
    everybody, tracklets = persons(LEAVES, RETURNS)
    sound = crops(LEAVES, RETURNS)
    sound.vectors[sound.detections % 100 == 2] = broken
    looks = person_looks(everybody, sound.table, sound.detections, sound.vectors, 0.15)
    assert looks.crops.tolist() == [20, 0]
    assert looks.known.tolist() == [0]
    assert make_plan(everybody, tracklets, sound, None, CompareParameters(similarity_threshold=-1.0)).steps == ()


def test_parts_of_one_tracklet_are_what_one_person_looks_like() -> None:
    _, tracklets = persons(LEAVES, (range(100, 104), RED))
    found = halves(tracklets, crops(LEAVES, (range(100, 104), RED)), CompareParameters(doubt=0.0))
    assert found.tolist() == [pytest.approx(1.0)]


def test_the_video_calibrates_itself() -> None:
    """15 people at the same time are 105 pairs; all look alike, and nobody has a better match."""
    crowd = [(range(40), (1.0, 0.0, 0.0)) for _ in range(15)]
    found = plan(*crowd, (range(100, 140), RED))
    document = calibration_document(found.calibration)
    assert (document["source"], document["negatives"]["count"], document["positives"]["count"]) == ("video", 105, 16)
    assert document["threshold"] > 0.9
