from dataclasses import replace

import numpy as np

from castlist.domain.cast import Cast, CastPerson, cast_before_merging
from castlist.domain.parameters import CastParameters
from castlist.domain.records import Person
from services.reporter.algorithms.cards import CardReader, IntervalRow, ScoreTerm
from services.reporter.algorithms.timelines import Interval, Presence
from services.reporter.algorithms.who_is_who import who_is_who


def person(person_id: int, tracklet_ids: tuple[int, ...], frames: range) -> Person:
    numbers = np.array(frames, np.int64)
    return Person(person_id, tracklet_ids, numbers, numbers, np.zeros((len(frames), 4), np.float32), np.ones(len(frames), np.float32))


PERSONS = (person(1, (4,), range(10, 60)), person(2, (7, 9), range(100, 400)))
PRESENCES = {
    1: Presence((Interval(1.0, 6.0, 10, 60),), PERSONS[0].frame_numbers),
    2: Presence((Interval(10.0, 25.0, 100, 250), Interval(30.0, 45.0, 300, 450)), PERSONS[1].frame_numbers),
}
RANKINGS = [
    {"person_id": 2, "rank": 1, "score": 0.81, "duration": 1.0, "coverage": 0.5, "center": 0.8, "smoothness": 1.0},
    {"person_id": 1, "rank": 2, "score": 0.23, "duration": 0.17, "coverage": 0.08, "center": 0.4, "smoothness": 0.6},
]


def cards(**parameters):
    who = who_is_who(cast_before_merging(PERSONS))
    return CardReader(who, PRESENCES, {1: 0.08, 2: 0.5}, {}, {}, CastParameters(**parameters), 60.0).read(RANKINGS)


def test_cards_follow_the_ranking():
    assert [(card.rank, card.name, card.score) for card in cards()] == [(1, "Person 2", "0.81"), (2, "Person 1", "0.23")]


def test_a_card_says_when_and_how_long():
    card = cards()[0]
    assert (card.frame_count, card.coverage, card.tracklet_ids) == (300, "50 %", (7, 9))
    assert (card.stay.seconds, card.stay.first_seen, card.stay.last_seen) == ("30.0 s", "0:10.0", "0:45.0")
    assert [(bar.x, bar.width) for bar in card.stay.bars] == [("16.667%", "25.000%"), ("50.000%", "25.000%")]


def test_intervals_are_exact_and_name_their_last_frame():
    assert cards()[1].stay.rows == (IntervalRow("0:01.0", "0:06.0", "1.000", "6.000", "5.0 s", "10", "59", "0"),)


def test_the_score_is_the_sum_of_its_terms():
    terms = cards()[0].terms
    assert terms[0] == ScoreTerm(
        "duration", "Time on screen", "frames, compared with the person seen longest", "1.00", "0.4", "0.40", "0.00%", "40.00%"
    )
    assert [term.part for term in terms] == ["0.40", "0.15", "0.16", "0.10"]
    assert [term.x for term in terms] == ["0.00%", "40.00%", "55.00%", "71.00%"]


def test_weights_are_scaled_as_the_ranking_scales_them():
    terms = cards(rank_weight_duration=1.0, rank_weight_coverage=1.0, rank_weight_center=0.0, rank_weight_smoothness=0.0)[0].terms
    assert [term.weight for term in terms] == ["0.5", "0.5", "0", "0"]


def test_persons_beyond_the_pictured_ones_are_told_apart():
    assert [card.no_picture for card in cards(animated_persons=1)] == ["No usable picture", "Pictures end with rank 1"]


def test_filled_frames_are_counted_apart_from_seen_ones():
    filled = (Interval(12.0, 14.0, 120, 140), Interval(32.0, 32.5, 320, 325))
    presences = PRESENCES | {2: replace(PRESENCES[2], filled=filled, frame_numbers=PERSONS[1].frame_numbers[25:])}
    who = who_is_who(cast_before_merging(PERSONS))
    card = CardReader(who, presences, {1: 0.08, 2: 0.5}, {}, {}, CastParameters(), 60.0).read(RANKINGS)[0]
    assert (card.frame_count, card.filled_count, [row.filled for row in card.stay.rows]) == (275, 25, ["20", "5"])
    assert [(bar.x, bar.text) for bar in card.stay.filled_bars] == [
        ("20.000%", "Not seen, filled in: 0:12.0 to 0:14.0, 2.0 s, frames 120 to 139"),
        ("53.333%", "Not seen, filled in: 0:32.0 to 0:32.5, 0.5 s, frames 320 to 324"),
    ]
    assert card.stay.bars[0].text.endswith("frames 100 to 249, 20 of them filled in")


def test_ignored_persons_come_last_and_names_keep_their_number():
    people = (CastPerson(1, (4,), (1,), name="Anna", selected=True), CastPerson(2, (7, 9), (2,), ignored=True))
    shown = CardReader(who_is_who(Cast(people)), PRESENCES, {1: 0.08, 2: 0.5}, {}, {}, CastParameters(), 60.0).read(RANKINGS)
    assert [(card.title, card.name, card.rank, card.ignored, card.selected) for card in shown] == [
        ("Anna", "Anna (person 1)", 2, False, True),
        ("Person 2", "Person 2", 1, True, False),
    ]
