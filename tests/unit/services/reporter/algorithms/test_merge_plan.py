import numpy as np
import pytest

from castlist.domain.cast import Cast, CastPerson
from castlist.domain.records import Person
from services.reporter.algorithms.frame_times import frame_times
from services.reporter.algorithms.merge_plan import STEPS_SHOWN_MOST, Command, PlanReader, PlanView, StepState
from services.reporter.algorithms.timelines import Interval
from services.reporter.algorithms.who_is_who import who_is_who


def person(person_id: int, start: int, *tracklets: int) -> Person:
    """Seen for four seconds."""
    frames = np.arange(start, start + 40)
    return Person(person_id, tracklets, frames, frames * 10 + person_id, np.zeros((40, 4), np.float32), np.ones(40, np.float32))


BEFORE = {1: person(1, 0, 10), 2: person(2, 60, 20, 21), 3: person(3, 110, 30), 4: person(4, 200, 40)}
STEP = {"step": 1, "persons_1": [1], "persons_2": [2], "person": 1, "similarity": 0.83, "confidence": 0.98, "unsure": False}
STEP |= {"sure_similarity": 0.74, "reason": "alike", "applied": False}
APART = tuple(CastPerson(number, found.tracklet_ids, (number,)) for number, found in BEFORE.items())


def read(*steps, people=APART, kept_apart=(), mode="plan") -> PlanView:
    cast = Cast(tuple(people), 4, tuple(kept_apart))
    times = frame_times([Interval(0.0, 24.0, 0, 240)], 10.0)
    reader = PlanReader(who_is_who(cast), BEFORE, frozenset(kept_apart), times, 1.0, 24.0, 0.7)
    return reader.read({"mode": mode, "threshold": 0.7, "steps": [STEP | step for step in steps], "persons_after": 3})


def merged(*groups, name="") -> list[CastPerson]:
    return [CastPerson(group[0], tuple(sorted(t for one in group for t in BEFORE[one].tracklet_ids)), group, name=name) for group in groups]


def test_a_proposal_says_how_alike_how_sure_and_what_to_type():
    plan = read({})
    [step] = plan.shown
    assert (step.percent, step.certain, step.confidence, step.confidence_width, step.unsure, step.reason) == (
        "83 %",
        "74 %",
        "98 %",
        "98.0%",
        False,
        "Alike.",
    )
    assert (step.state, step.relation) == (StepState.PROPOSED, "Person 2 appears 2.0 s after Person 1 was last seen.")
    assert step.commands == (Command("Accept", "merge", "1 2"), Command("Reject", "apart", "1 2"))
    assert [(side.name, side.people, side.whole) for side in step.sides] == [("Person 1", (1,), 1), ("Person 2", (2,), 2)]
    assert [(bar.x, bar.width) for bar in step.sides[1].bars] == [("25.000%", "16.667%")]


def test_no_step_is_quite_certain():
    [step] = read({"confidence": 0.998946}).shown
    assert step.confidence == "99.9 %"


def test_a_group_is_merged_with_whoever_it_is_today():
    plan = read({}, {"step": 2, "persons_1": [1, 2], "persons_2": [3]})
    step = plan.shown[1]
    assert step.commands == (Command("Accept", "merge", "1 2 3"), Command("Reject", "apart", "1 3"))
    assert step.relation == "Person 3 appears 1.0 s after one of persons 1 and 2 was last seen."
    after = read({}, {"step": 2, "persons_1": [1, 2], "persons_2": [3]}, people=[*merged((1, 2), name="Anna"), *APART[2:]]).shown[1]
    assert after.commands == (Command("Accept", "merge", "1 3"), Command("Reject", "apart", "1 3"))
    assert (after.sides[0].name, after.sides[0].whole) == ("Persons 1 and 2", 1)


@pytest.mark.parametrize(
    ("applied", "people", "kept_apart", "state", "commands"),
    [
        (True, [*merged((1, 2)), *APART[2:]], [], StepState.APPLIED, [Command("Take apart", "split", "1")]),
        (False, [*merged((1, 2)), *APART[2:]], [], StepState.ACCEPTED, [Command("Take apart", "split", "1")]),
        # Of three, only what this step brought comes off.
        (True, [*merged((1, 2, 3)), *APART[3:]], [], StepState.APPLIED, [Command("Take apart", "split", "1 --tracklets 20,21")]),
        (False, APART, [(1, 2)], StepState.REJECTED, [Command("Merge all the same", "merge", "1 2")]),
        (True, APART, [], StepState.PARTED, [Command("Merge all the same", "merge", "1 2")]),
    ],
)
def test_what_became_of_a_step_is_read_off_the_cast(applied, people, kept_apart, state, commands):
    [step] = read({"applied": applied}, people=people, kept_apart=kept_apart).shown
    assert (step.state, list(step.commands)) == (state, commands)


def test_a_part_of_a_person_has_crops_of_its_own():
    [step] = read({"applied": True}, people=[*merged((1, 2)), *APART[2:]]).shown
    assert [side.whole for side in step.sides] == [None, None]
    assert step.sides[1].detection_indices[:2].tolist() == [602, 612]


def test_open_steps_that_are_sure_make_people_of_persons():
    steps = [{}, {"step": 2, "persons_1": [1, 2], "persons_2": [3]}, {"step": 3, "persons_1": [1, 2, 3], "persons_2": [4], "unsure": True}]
    plan = read(*steps)
    assert (plan.people_count, plan.open_count, plan.open_unsure_count) == (2, 3, 1)
    assert plan.summary == "3 steps: 3 proposed (1 of them unsure)."
    ignoring = [CastPerson(1, (10,), (1,), ignored=True), *APART[1:]]
    assert read(*steps, people=ignoring).people_count == 2


def test_a_plan_says_what_was_done_and_what_waits():
    people = [*merged((1, 2)), *APART[2:]]
    plan = read({"applied": True}, {"step": 2, "persons_1": [3], "persons_2": [4], "unsure": True}, people=people, mode="auto")
    assert (plan.automatic, plan.summary) == (True, "2 steps: 1 merged automatically, 1 proposed (1 of them unsure).")


def test_a_plan_is_cut_to_what_a_page_can_show():
    plan = read(*[{"step": number} for number in range(1, STEPS_SHOWN_MOST + 6)])
    assert (len(plan.shown), plan.hidden_count, plan.count) == (STEPS_SHOWN_MOST, 5, STEPS_SHOWN_MOST + 5)


def test_no_steps_no_plan():
    assert (read().count, read().people_count) == (0, 4)
