import numpy as np
import pytest

from services.reporter.algorithms.pairs import (
    PAIRS_SHOWN_MOST,
    Pair,
    SimilarPair,
    look_alikes,
    pair_list,
    read_pairs,
    same_person_groups,
    similarity_text,
)
from services.reporter.algorithms.timelines import Interval, Presence

# Person 1 leaves before 2 comes, 2 before 3; 4 is on screen together with 1.
PRESENCES = {
    person_id: Presence((Interval(start / 10, end / 10, start, end),), np.arange(start, end))
    for person_id, start, end in [(1, 0, 40), (2, 50, 90), (3, 120, 130), (4, 20, 60)]
}


NAMES = {1: "Person 1", 2: "Person 2", 3: "Anna (person 3)"}


def entry(first: int, second: int, similarity: float) -> dict[str, float]:
    return {"person_1": first, "person_2": second, "similarity": similarity}


def test_pairs_come_most_similar_first_with_the_lower_number_first():
    pairs = read_pairs([entry(2, 1, 0.71), entry(3, 2, 0.83)])
    assert pairs == (SimilarPair(2, 3, 0.83), SimilarPair(1, 2, 0.71))


def test_a_pair_reads_as_a_recommendation():
    shown = pair_list([SimilarPair(2, 3, 0.83)], PRESENCES, 0.7, NAMES).shown
    assert shown == (Pair(2, 3, "83 %", "Anna (person 3) appears 3.0 s after Person 2 was last seen."),)


@pytest.mark.parametrize(
    ("similarity", "text"),
    [
        (0.83, "83 %"),
        (0.70, "70 %"),
        (0.696, "69.6 %"),  # 70 % would read as if it had reached the threshold
        (0.69996, "69.99 %"),
        (0.7004, "70 %"),
        (0.9971, "99.7 %"),  # nobody is 100 % like somebody else
        (1.0, "100 %"),
        (-0.004, "0 %"),
    ],
)
def test_a_percentage_stays_on_its_side_of_the_threshold(similarity, text):
    assert similarity_text(similarity, 0.7) == text


def test_groups_follow_links_however_indirect():
    pairs = read_pairs([entry(1, 2, 0.9), entry(2, 3, 0.8)])
    assert same_person_groups(pairs, PRESENCES) == ((1, 2, 3),)


def test_nobody_is_in_a_group_twice_at_once():
    # 1 = 3 and 3 = 4 would make 1 and 4 one person, who are on screen together: the weaker link is left out.
    pairs = read_pairs([entry(1, 3, 0.9), entry(3, 4, 0.8)])
    assert same_person_groups(pairs, PRESENCES) == ((1, 3),)


def test_a_list_is_cut_to_what_a_page_can_show():
    shortened = pair_list([SimilarPair(1, 2, 0.8)] * (PAIRS_SHOWN_MOST + 5), PRESENCES, 0.7, NAMES)
    assert (len(shortened.shown), shortened.hidden_count, shortened.count) == (PAIRS_SHOWN_MOST, 5, PAIRS_SHOWN_MOST + 5)


def test_each_person_of_a_pair_is_told_of_the_other():
    pairs = read_pairs([entry(1, 2, 0.9), entry(2, 3, 0.8)])
    assert look_alikes(pairs, 0.7, 1) == {1: ((2, "90 %"),), 2: ((1, "90 %"),), 3: ((2, "80 %"),)}
