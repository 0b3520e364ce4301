"""Who is joined with whom, the veto, and the reason that is kept for each pair."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import Tracklet
from services.grouper.algorithms.checks import five_checks
from services.grouper.algorithms.grouping import Grouping, group_tracklets, make_persons
from services.grouper.algorithms.pairs import TrackletPairs, successive_pairs
from services.grouper.algorithms.prediction import prediction_errors
from services.grouper.algorithms.statistics import tracklet_statistics


def group(*tracklets: Tracklet, **parameters) -> tuple[Grouping, TrackletPairs]:
    statistics = tracklet_statistics(tracklets)
    pairs = successive_pairs(statistics, 60, 100)
    checks = five_checks(pairs, GroupParameters(**parameters))
    return group_tracklets(statistics, pairs, checks, prediction_errors(tracklets, pairs, 10, 0.05)), pairs


def decisions(grouping: Grouping, pairs: TrackletPairs) -> dict[tuple[int, int], str]:
    return {(i, j): decision.value for i, j, decision in zip(pairs.earlier.tolist(), pairs.later.tolist(), grouping.decisions, strict=True)}


def test_a_walk_with_two_gaps_is_one_person(make_tracklet) -> None:
    grouping, pairs = group(
        make_tracklet(1, range(10), at=(0, 100), step=(2, 0)),
        make_tracklet(2, range(20, 30), at=(40, 100), step=(2, 0)),
        make_tracklet(3, range(35, 50), at=(70, 100), step=(2, 0)),
    )
    assert grouping.groups == ((0, 1, 2),)
    assert decisions(grouping, pairs) == {(0, 1): "joined", (0, 2): "same_person", (1, 2): "joined"}


def test_two_people_side_by_side_are_never_one(make_tracklet) -> None:
    grouping, _ = group(make_tracklet(1, range(501)), make_tracklet(2, range(10, 501), at=(200, 100)))
    assert grouping.groups == ((0,), (1,))


def test_the_veto_holds_against_every_member(make_tracklet) -> None:
    # The third agrees with the first, but the second, who is the same person, is there at the same time.
    first, second = make_tracklet(1, range(10)), make_tracklet(2, range(12, 40))
    grouping, pairs = group(first, second, make_tracklet(3, range(30, 45), at=(110, 100)))
    assert grouping.groups == ((0, 1), (2,))
    assert decisions(grouping, pairs) == {(0, 1): "joined", (0, 2): "vetoed"}
    assert grouping.vetoing == (-1, 1)


def test_a_gap_inside_a_track_is_time_together_too(make_tracklet) -> None:
    grouping, _ = group(make_tracklet(1, [0, 1, 2, 30, 31]), make_tracklet(2, range(10, 20)))
    assert grouping.groups == ((0,), (1,))


def test_of_two_that_agree_the_more_plausible_is_chosen(make_tracklet) -> None:
    near, far = make_tracklet(1, range(10), at=(100, 100)), make_tracklet(2, range(11), at=(250, 100))
    grouping, pairs = group(near, far, make_tracklet(3, range(15, 25), at=(105, 100)))
    assert grouping.groups == ((0, 2), (1,))
    assert decisions(grouping, pairs) == {(0, 2): "joined", (1, 2): "not_chosen"}


def test_a_member_is_enough(make_tracklet) -> None:
    # The third is too large for the second, but not for the first.
    grouping, pairs = group(
        make_tracklet(1, range(10), size=(20, 40)),
        make_tracklet(2, range(12, 15), size=(20, 30)),
        make_tracklet(3, range(17, 27), size=(20, 45)),
    )
    assert grouping.groups == ((0, 1, 2),)
    assert decisions(grouping, pairs) == {(0, 1): "joined", (0, 2): "joined", (1, 2): "rejected"}


@pytest.mark.parametrize("size", [(20, 40 * 1.4), (20, 40 / 1.4)])
def test_sizes_that_differ_by_four_tenths_agree_either_way(make_tracklet, size) -> None:
    grouping, _ = group(make_tracklet(1, range(10)), make_tracklet(2, range(12, 20), size=size))
    assert grouping.groups == ((0, 1),)


def test_nobody() -> None:
    grouping, _ = group()
    assert grouping == Grouping((), (), ())
    assert make_persons((), ()) == ()


def test_persons_are_numbered_by_first_frame_then_lowest_tracklet(make_tracklet) -> None:
    tracklets = [make_tracklet(9, range(5)), make_tracklet(4, range(5), at=(300, 100)), make_tracklet(2, range(8, 10))]
    persons = make_persons(tracklets, [(0, 2), (1,)])
    assert [(person.person_id, person.tracklet_ids) for person in persons] == [(1, (2, 9)), (2, (4,))]
    assert persons[0].frame_numbers.tolist() == [0, 1, 2, 3, 4, 8, 9]
    assert persons[0].detection_indices.tolist() == [9, 109, 209, 309, 409, 802, 902]


SPANS = st.lists(st.tuples(st.integers(0, 80), st.integers(1, 25), st.integers(0, 300), st.integers(-5, 5)), max_size=20)


@given(SPANS)
def test_every_tracklet_is_in_one_person_and_no_person_is_in_two_places(spans: list[tuple[int, int, int, int]]) -> None:
    tracklets = []
    for tracklet_id, (start, length, x, step) in enumerate(sorted(spans), start=1):
        frames = np.arange(start, start + length)
        left = x + step * (frames - start)
        boxes = np.stack([left, np.zeros(length), left + 20, np.full(length, 50)], axis=1).astype(np.float32)
        tracklets.append(Tracklet(tracklet_id, frames, frames * 100 + tracklet_id, boxes, np.ones(length, np.float32)))
    grouping, pairs = group(*tracklets)
    persons = make_persons(tracklets, grouping.groups)
    assert sorted(i for person in persons for i in person.tracklet_ids) == [tracklet.tracklet_id for tracklet in tracklets]
    assert [person.person_id for person in persons] == list(range(1, len(persons) + 1))
    for person in persons:
        assert np.all(np.diff(person.frame_numbers) > 0)
        assert len(person.detection_indices) == len(person.frame_numbers) == len(person.boxes) == len(person.confidences)
    joined = sum(decision == "joined" for decision in grouping.decisions)
    assert len(persons) + joined == len(tracklets)
    assert len(grouping.decisions) == len(pairs.later)
