"""Who is asked about, what decides, and in which words: a small cast with everything known."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.evidence import (
    AT_THE_SAME_TIME,
    CheckAnswer,
    DoubledTailAnswer,
    EditAnswer,
    Evidence,
    PairAnswer,
    PlanStepAnswer,
    SplitAnswer,
    ThresholdAnswer,
    first_together,
    nearest_in_time,
)
from castlist.domain.explaining import explain
from castlist.domain.explanation import Explanation, Subject
from castlist.domain.records import Tracklet

SPANS = {1: (0, 10), 2: (12, 20), 3: (5, 15), 4: (30, 40), 5: (60, 70), 6: (62, 72), 7: (80, 90)}


def tracklet(number: int, start: int, end: int) -> Tracklet:
    frames = np.arange(start, end)
    return Tracklet(number, frames, frames * 10 + number, np.zeros((end - start, 4), np.float32), np.ones(end - start, np.float32))


def step(number: int, first: tuple[int, ...], second: tuple[int, ...], *, applied: bool, reason: str = "") -> PlanStepAnswer:
    return PlanStepAnswer(number, first, second, 0.81, 0.95, unsure=False, applied=applied, reason=reason)


PARTED = SplitAnswer(4, (4, 7), 40, 4.0, 0.41, 0.62, 5, "crops before and after differ")
EVIDENCE = Evidence(
    tracklets={number: tracklet(number, *span) for number, span in SPANS.items()},
    frame_seconds=np.arange(100) / 10,
    persons_before={1: (1, 2), 2: (3,), 3: (4,), 4: (5,), 5: (6,), 6: (7,)},
    persons_now={1: (1, 2, 4), 2: (3, 5), 5: (6,), 6: (7,)},
    joined=((1, 2),),
    compared=(1, 2, 6),
    similarities=np.array([[1, 0.3, 0.66], [0.3, 1, 0.2], [0.66, 0.2, 1]]),
    threshold=ThresholdAnswer(0.7, "default", "too few crops"),
    plan=(step(1, (1,), (3,), applied=True), step(2, (1, 3), (6,), applied=False, reason="it is unsure")),
    splits=(PARTED,),
    edits=(EditAnswer(3, "keep persons 1 and 2 apart", (1, 2, 3, 4)), EditAnswer(4, "merge persons 2 and 4", (3, 5))),
)
CHECKS = (
    CheckAnswer("temporal", 3, 30, "at most", "passed"),
    CheckAnswer("spatial", 233.14159, 200, "at most", "failed"),
    CheckAnswer("motion", None, 0.6, "at least", "skipped"),
)


def ask(one: int, other: int, evidence: Evidence = EVIDENCE) -> PairAnswer:
    earlier, later = sorted((one, other), key=lambda number: SPANS[number])
    if SPANS[later][0] < SPANS[earlier][1]:
        return PairAnswer(earlier, later, False, AT_THE_SAME_TIME, None, ())
    joined = (earlier, later) in evidence.joined
    considered = SPANS[later][0] - SPANS[earlier][1] < 30
    decision = ("joined" if joined else "rejected") if considered else None
    return PairAnswer(earlier, later, considered, decision, None, CHECKS)


def subject(text: str) -> Subject:
    return Subject("tracklet" if text[0] == "t" else "person", int(text[1:]))


def why(first: str, second: str, evidence: Evidence = EVIDENCE) -> Explanation:
    return explain(evidence, subject(first), subject(second), ask)


@pytest.mark.parametrize(
    ("first", "second", "answer", "reasons"),
    [
        (
            "t1",
            "t2",
            "Tracklet 1 (of person 1) and tracklet 2 (of person 1) are the same person.",
            ["Grouping joined tracklets 1 and 2: temporal 3 (at most 30), spatial 233.1 (at most 200)."],
        ),
        (
            "p1",
            "p3",
            "Person 1 and person 3 (of person 1) are the same person.",
            ["Step 1 of the merge plan (persons 1 and 3; similarity 0.810, confidence 0.950) joined them."],
        ),
        (
            "t3",
            "t5",
            "Tracklet 3 (of person 2) and tracklet 5 (of person 2) are the same person.",
            ["An edit joined them (4: merge persons 2 and 4); neither grouping nor an applied step of the merge plan does."],
        ),
        (
            "p2",
            "p5",
            "Person 2 and person 5 are not the same person.",
            [
                "Tracklets 5 and 6 are both in 8 frames, first in frame 62 (6.20 s), so they are two people.",
                "How alike they look is not known: one of them has no picture that could be compared.",
            ],
        ),
        (
            "t4",
            "t3",
            "Tracklet 4 (of person 1) and tracklet 3 (of person 2) are not the same person.",
            [
                "Their persons are two people: tracklets 1 and 3 are both in 5 frames, first in frame 5 (0.50 s).",
                "Grouping did not join tracklets 3 and 4: spatial 233.1 (at most 200).",
                "Edits are about them (3: keep persons 1 and 2 apart).",
                "They look alike by 0.300; merging wants 0.700 (default: too few crops).",
            ],
        ),
        (
            "t4",
            "t7",
            "Tracklet 4 (of person 1) and tracklet 7 (of person 6) are not the same person.",
            [
                (
                    "The tracker's tracklet 4 was split at frame 40 (4.00 s), where it meets tracklet 5: "
                    "before and after are alike by 0.410, 0.620 is wanted."
                ),
                "Grouping did not look at tracklets 4 and 7, which do not follow each other closely: spatial 233.1 (at most 200).",
                (
                    "Step 2 of the merge plan (persons 1, 3 and 6; similarity 0.810, confidence 0.950) would join them, "
                    "but is not applied: it is unsure."
                ),
                "They look alike by 0.660; merging wants 0.700 (default: too few crops).",
            ],
        ),
    ],
)
def test_the_answer_in_words(first: str, second: str, answer: str, reasons: list[str]) -> None:
    found = why(first, second)
    assert found.answer == answer
    assert list(found.reasons) == reasons


def test_an_edit_that_parted_is_told() -> None:
    apart = replace(EVIDENCE, persons_now={1: (1,), 8: (2,), 3: (4,), 2: (3,), 4: (5,), 5: (6,), 6: (7,)})
    assert why("t1", "t2", apart).reasons[0] == "Grouping made one person of them; an edit parted it (3: keep persons 1 and 2 apart)."
    had = "Step 1 of the merge plan (persons 1 and 3; similarity 0.810, confidence 0.950) had joined them"
    assert f"{had}; an edit parted them (3: keep persons 1 and 2 apart)." in why("p1", "p3", apart).reasons


def test_tracklets_that_take_turns_are_never_joined() -> None:
    frames = np.array([0, 4, 8])
    turns = replace(tracklet(2, 0, 3), frame_numbers=frames + 2)
    evidence = replace(
        EVIDENCE,
        tracklets={1: replace(tracklet(1, 0, 3), frame_numbers=frames), 2: turns},
        persons_before={1: (1,), 2: (2,)},
        persons_now={1: (1,), 2: (2,)},
        plan=(),
        splits=(),
        edits=(),
        threshold=None,
    )
    overlapping = PairAnswer(1, 2, False, AT_THE_SAME_TIME, None, ())
    found = explain(evidence, Subject("person", 1), Subject("person", 2), lambda *_: overlapping)
    assert found.together is None
    assert found.reasons == ("Grouping never joins tracklets 1 and 2: one begins before the other ends.",)


def test_parts_of_one_tracklet_are_parted_by_all_cuts_between_them() -> None:
    cuts = tuple(replace(PARTED, tracklet=1, parts=parts, at_frame=at) for parts, at in (((1, 2), 12), ((2, 4), 30), ((4, 5), 60)))
    evidence = replace(EVIDENCE, splits=cuts)
    assert [cut.at_frame for cut in why("t1", "t4", evidence).cuts] == [12, 30]
    assert [cut.at_frame for cut in why("t5", "t4", evidence).cuts] == [60]
    assert [cut.at_frame for cut in why("p1", "p2", evidence).cuts] == [12, 30, 60]
    assert why("t1", "t6", evidence).cuts == ()


def test_a_doubled_tail_is_told() -> None:
    evidence = replace(EVIDENCE, doubled_tails=(DoubledTailAnswer(2, 4, 25, 2.5),))
    told = "From frame 25 (2.50 s) on tracklet 2 showed what tracklet 4 shows, so that end of it was dropped."
    assert told in why("t4", "t2", evidence).reasons
    assert why("t4", "t3", evidence).doubled_tails == ()


def test_a_chain_of_joins_is_told_link_by_link() -> None:
    evidence = replace(EVIDENCE, joined=((1, 2), (2, 4), (4, 5)), persons_before={1: (1, 2, 4, 5)}, persons_now={1: (1, 2, 4, 5)}, plan=())
    assert [(link.tracklet_1, link.tracklet_2) for link in why("t1", "t5", evidence).chain] == [(1, 2), (2, 4), (4, 5)]
    assert [(link.tracklet_1, link.tracklet_2) for link in why("t5", "t2", evidence).chain] == [(4, 5), (2, 4)]


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ("t9", "t1", "there is no tracklet 9"),
        ("p1", "p44", "there is no person 44"),
        ("p1", "p1", "person 1 and person 1 share tracklet 1"),
        ("p5", "t6", "person 5 and tracklet 6 share tracklet 6"),
    ],
)
def test_what_can_not_be_asked(first: str, second: str, message: str) -> None:
    with pytest.raises(LookupError, match=message):
        why(first, second)


def test_the_nearest_and_the_first_together() -> None:
    assert nearest_in_time(EVIDENCE, (1, 2), (4, 5)) == (2, 4)
    together = first_together(EVIDENCE, (1, 2), (3, 5))
    assert together is not None
    assert (together.tracklet_1, together.tracklet_2, together.first_frame, together.frames) == (1, 3, 5, 5)
    assert first_together(EVIDENCE, (1, 2), (4, 5)) is None


@given(st.sampled_from(sorted(SPANS)), st.sampled_from(sorted(SPANS)))
def test_every_two_tracklets_have_an_answer_whichever_comes_first(one: int, other: int) -> None:
    if one == other:
        return
    found, turned = why(f"t{one}", f"t{other}"), why(f"t{other}", f"t{one}")
    assert found.reasons
    assert found.same == turned.same
    assert found.same == any({one, other} <= set(tracklets) for tracklets in EVIDENCE.persons_now.values())
    assert (found.pair, found.plan_step, found.similarity) == (turned.pair, turned.plan_step, turned.similarity)
    if found.together is not None:
        assert not found.same
        assert turned.together is not None
        assert found.together.first_frame == turned.together.first_frame
