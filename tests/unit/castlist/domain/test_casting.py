import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from castlist.domain.cast import Cast, CastPerson, UnappliedEdit
from castlist.domain.casting import apply_change, apply_edits
from castlist.domain.edits import Edit, Ignore, KeepApart, Merge, Move, Redo, Rename, Select, Split, Undo, standing_after
from tests.fixtures.edited_casts import Desk, tracklet

# Persons 1 (tracklets 1, 2), 2 (3), 3 (4) and 4 (5). Tracklets 1 and 3 are seen together, the others one after another.
DESK = Desk(
    [tracklet(1, 0, 9), tracklet(2, 20, 29), tracklet(3, 5, 14), tracklet(4, 40, 49), tracklet(5, 60, 69)],
    {1: (1, 2), 2: (3,), 3: (4,), 4: (5,)},
)


def cast_of(*edits: Edit, automatic=(), desk: Desk = DESK) -> Cast:
    return apply_edits(desk.before, list(desk.tracklets.values()), automatic, edits)


def person(number: int, *edits: Edit, automatic=()):
    return DESK.person(cast_of(*edits, automatic=automatic), number)


def members(cast: Cast) -> dict[int, tuple[int, ...]]:
    return {item.person_id: item.tracklet_ids for item in cast.persons}


def merge(*numbers: int) -> Merge:
    return Merge(tuple(person(number) for number in numbers))


UNMERGED = {1: (1, 2), 2: (3,), 3: (4,), 4: (5,)}


def test_without_edits_persons_are_those_before_merging():
    assert cast_of().persons[0] == CastPerson(1, (1, 2), (1,))
    assert members(cast_of()) == UNMERGED


def test_a_merge_keeps_the_lowest_number_whatever_the_order():
    assert members(cast_of(merge(4, 1, 3))) == {1: (1, 2, 4, 5), 2: (3,)}
    assert cast_of(merge(4, 1, 3)).persons[0].from_persons == (1, 3, 4)


def test_a_merge_of_two_who_are_seen_in_one_frame_is_not_applied():
    cast = cast_of(merge(1, 2, 3))
    assert members(cast) == {1: (1, 2, 4), 2: (3,), 4: (5,)}
    assert cast.unapplied_edits == (UnappliedEdit("merge persons 1, 2 and 3", "person 2 can't be the same: both are seen in frame 5"),)


def test_the_veto_holds_for_every_member_of_a_merged_person():
    merged = merge(1, 3)
    cast = cast_of(merged, Merge((person(2, merged), person(1, merged))))
    assert members(cast) == {1: (1, 2, 4), 2: (3,), 4: (5,)}
    assert [edit.reason for edit in cast.unapplied_edits] == ["person 1 can't be the same: both are seen in frame 5"]


def test_what_is_split_off_gets_a_number_never_used():
    edit = Split(person(1), (DESK.tracklet(2),))
    assert members(cast_of(edit)) == {1: (1,), 2: (3,), 3: (4,), 4: (5,), 5: (2,)}
    assert cast_of(edit).persons[4].from_persons == (1,)


def test_a_split_without_tracklets_gives_the_numbers_before_merging_back():
    merged = merge(1, 3, 4)
    assert members(cast_of(merged, Split(person(1, merged)))) == UNMERGED


def test_a_split_that_would_leave_nobody_or_take_nothing_is_not_applied():
    for edit, reason in (
        (Split(person(2), (DESK.tracklet(3),)), "the tracklets are all of that person's"),
        (Split(person(2), (DESK.tracklet(1),)), "the tracklets are none of that person's"),
        (Split(person(2)), "that person is not merged of several"),
    ):
        assert members(cast_of(edit)) == UNMERGED
        assert [item.reason for item in cast_of(edit).unapplied_edits] == [reason]


def test_a_tracklet_moves_and_who_has_none_left_is_gone():
    assert members(cast_of(Move(DESK.tracklet(4), person(1)))) == {1: (1, 2, 4), 2: (3,), 4: (5,)}
    assert members(cast_of(Move(DESK.tracklet(2), None))) == {1: (1,), 2: (3,), 3: (4,), 4: (5,), 5: (2,)}


def test_moves_that_can_not_be_are_not_applied():
    clash = cast_of(Move(DESK.tracklet(3), person(1)))
    assert (members(clash), clash.unapplied_edits[0].reason) == (UNMERGED, "it can't be that person's: both are seen in frame 5")
    assert cast_of(Move(DESK.tracklet(3), None)).unapplied_edits[0].reason == "it is all that its person has"
    assert cast_of(Move(DESK.tracklet(3), person(2))) == cast_of()


def test_names_ignored_and_selected_persons():
    cast = cast_of(Rename(person(2), "Anna"), Ignore(person(3)), Select((person(1), person(2))), Select((person(4),)))
    assert [(item.person_id, item.name, item.ignored, item.selected) for item in cast.persons] == [
        (1, "", False, False),
        (2, "Anna", False, False),
        (3, "", True, False),
        (4, "", False, True),
    ]
    assert cast_of(Rename(person(2), "Anna"), Rename(person(2), "")) == cast_of()
    assert cast_of(Ignore(person(3)), Ignore(person(3), ignored=False)) == cast_of()
    assert cast_of(Select((person(3),)), Select(())) == cast_of()


def test_a_merged_person_has_the_first_name_is_selected_if_one_was_and_ignored_if_all_were():
    cast = cast_of(Rename(person(3), "Cleo"), Rename(person(4), "Dora"), Ignore(person(3)), Select((person(4),)), merge(1, 3, 4))
    assert cast.persons[0] == CastPerson(1, (1, 2, 4, 5), (1, 3, 4), name="Cleo", ignored=False, selected=True)


def test_persons_kept_apart_are_listed_until_they_are_merged_after_all():
    apart = KeepApart(person(4), person(1))
    assert cast_of(apart).kept_apart == ((1, 4),)
    joined = cast_of(apart, merge(3, 4))
    assert (members(joined), joined.kept_apart) == ({1: (1, 2), 2: (3,), 3: (4, 5)}, ((1, 3),))
    assert cast_of(apart, merge(1, 4)).kept_apart == ()


def test_the_automatic_merge_is_the_oldest_thing_to_undo():
    automatic = [((1,), (3,)), ((1, 3), (4,))]
    merged = {1: (1, 2, 4, 5), 2: (3,)}
    assert members(cast_of(automatic=automatic)) == merged
    assert members(cast_of(Undo(), automatic=automatic)) == UNMERGED
    assert members(cast_of(Undo(), Redo(), automatic=automatic)) == merged
    named = Rename(person(1, automatic=automatic), "Anna")
    assert members(cast_of(named, Undo(), automatic=automatic)) == merged
    assert members(cast_of(named, Undo(), Undo(), automatic=automatic)) == UNMERGED


def test_an_automatic_merge_never_puts_anybody_in_two_places():
    assert members(cast_of(automatic=[((1,), (2,))])) == UNMERGED


def test_edits_survive_another_analysis():
    """Other thresholds cut tracklet 4 in two persons, 4 and 12, and number everybody anew; tracklet 5 is not there any more."""
    again = Desk(
        [tracklet(1, 0, 9), tracklet(2, 20, 29), tracklet(3, 5, 14), tracklet(4, 40, 43), tracklet(12, 44, 49, lane=4)],
        {1: (1,), 2: (3,), 3: (2,), 4: (4,), 5: (12,)},
    )
    edits = (merge(1, 3), Rename(person(2), "Bea"), Ignore(person(4)))
    cast = cast_of(*edits, desk=again)
    assert members(cast) == {1: (1, 12), 2: (3,), 3: (2,), 4: (4,)}, "the longer part of tracklet 4; of equal parts of person 1 the number"
    assert [item.name for item in cast.persons] == ["", "Bea", "", ""]
    assert cast.unapplied_edits == (UnappliedEdit("ignore person 4", "nobody is seen where person 4 was"),)


def test_kept_apart_persons_that_another_analysis_joined_are_parted():
    cast = cast_of(KeepApart(person(1), person(3)), automatic=[((1,), (3,)), ((1,), (4,))])
    assert (members(cast), cast.kept_apart, cast.unapplied_edits) == ({1: (1, 2, 5), 2: (3,), 3: (4,)}, ((1, 3),), ())


def test_kept_apart_persons_that_are_one_before_merging_stay_one():
    again = Desk(list(DESK.tracklets.values()), {1: (1, 2, 4), 2: (3,), 3: (5,)})
    cast = cast_of(KeepApart(person(1), person(3)), desk=again)
    assert [edit.reason for edit in cast.unapplied_edits] == ["they are one person before merging"]


# Any tracklets, any persons before merging, any edits as a user could make them.

spans = st.tuples(st.integers(0, 40), st.integers(0, 12), st.integers(0, 3))
intents = st.tuples(st.integers(0, 8), st.integers(0, 10), st.integers(0, 10), st.integers(0, 10))


@st.composite
def desks(draw) -> Desk:
    found = draw(st.lists(spans, min_size=1, max_size=8))
    tracklets = [tracklet(number, first, first + length, lane) for number, (first, length, lane) in enumerate(found, start=1)]
    persons: dict[int, list[int]] = {}
    for item in tracklets:
        frames = set(item.frame_numbers.tolist())
        open_to = [
            number for number, ids in persons.items() if not any(frames & set(tracklets[other - 1].frame_numbers.tolist()) for other in ids)
        ]
        number = draw(st.sampled_from([*open_to, len(persons) + 1]))
        persons.setdefault(number, []).append(item.tracklet_id)
    return Desk(tracklets, persons)


def as_edit(desk: Desk, cast: Cast, intent: tuple[int, int, int, int]) -> Edit:
    """An edit that names persons and tracklets which are there now."""
    kind, *numbers = intent
    first, second, third = (desk.person(cast, cast.persons[number % len(cast.persons)].person_id) for number in numbers)
    ids = sorted(desk.tracklets)
    one, other = (desk.tracklet(ids[number % len(ids)]) for number in numbers[:2])
    edits: list[Edit] = [
        Merge((first, second, third)),
        Split(first, (one, other)),
        Split(first),
        Move(one, second),
        Move(one, None),
        Rename(first, f"name {numbers[1]}"),
        Ignore(first, ignored=numbers[1] % 2 == 0),
        Select((first, second)),
        KeepApart(first, second),
    ]
    return edits[kind]


def log_of(desk: Desk, wanted, automatic) -> list[Edit]:
    log: list[Edit] = []
    for intent in wanted:
        log.append(as_edit(desk, cast_of(*log, desk=desk, automatic=automatic), intent))
    return log


def check(desk: Desk, cast: Cast) -> None:
    assert sorted(one for item in cast.persons for one in item.tracklet_ids) == sorted(desk.tracklets), "each in exactly one person"
    numbers = [item.person_id for item in cast.persons]
    assert numbers == sorted(set(numbers))
    for item in cast.persons:
        frames = np.concatenate([desk.tracklets[one].frame_numbers for one in item.tracklet_ids])
        assert len(frames) == len(np.unique(frames)), "nobody is in two places"
    assert all(first < second and {first, second} <= set(numbers) for first, second in cast.kept_apart)


automatics = st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9)), max_size=3)


@settings(max_examples=150)
@given(desks(), st.lists(intents, max_size=6), automatics, st.integers(1, 4))
def test_whatever_is_edited(desk, wanted, automatic, count):
    steps = [((one,), (two,)) for one, two in automatic if one != two and desk.before.person(one) and desk.before.person(two)]
    log = log_of(desk, wanted, steps)
    cast = cast_of(*log, desk=desk, automatic=steps)
    check(desk, cast)
    for end, edit in enumerate(log):
        one_more = apply_change(desk.before, cast_of(*log[:end], desk=desk, automatic=steps), list(desk.tracklets.values()), edit)
        assert one_more.persons == cast_of(*log[: end + 1], desk=desk, automatic=steps).persons
    count = min(count, len(standing_after(log).done))
    assert cast_of(*log, *[Undo()] * count, *[Redo()] * count, desk=desk, automatic=steps) == cast
    for end in range(len(log)):
        undone = cast_of(*log, *[Undo()] * (len(log) - end), desk=desk, automatic=steps)
        assert undone == cast_of(*log[:end], desk=desk, automatic=steps), "an undone edit leaves no trace"


@settings(max_examples=100)
@given(desks(), st.lists(intents, max_size=5), desks())
def test_edits_of_another_analysis_never_break_a_cast(made_on, wanted, desk):
    check(desk, cast_of(*log_of(made_on, wanted, []), desk=desk))


@settings(max_examples=50)
@given(desks(), st.lists(intents, max_size=5), st.randoms())
def test_the_order_in_which_tracklets_come_does_not_matter(desk, wanted, chance):
    log = log_of(desk, wanted, [])
    shuffled = list(desk.tracklets.values())
    chance.shuffle(shuffled)
    assert apply_edits(desk.before, shuffled, [], log) == cast_of(*log, desk=desk)


@pytest.mark.parametrize("desk", [Desk([], {})])
def test_nobody_at_all(desk):
    assert cast_of(desk=desk) == Cast((), 0)
    cast = cast_of(Rename(person(1), "Anna"), desk=desk)
    assert cast.unapplied_edits == (UnappliedEdit("call person 1 Anna", "nobody is seen where person 1 was"),)
