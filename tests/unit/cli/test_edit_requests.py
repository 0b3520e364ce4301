"""What users ask for: what it becomes, what they are told, and what is refused with which words."""

from argparse import Namespace
from dataclasses import replace

import numpy as np
import pytest

from castlist.domain.casting import apply_edits
from castlist.domain.edits import Ignore, KeepApart, Merge, Move, Rename, Select, Split
from castlist.domain.records import TrackletSet
from castlist.errors import UsageError
from cli.desk import Desk
from cli.edit_requests import Asked, asked_for, numbers_of, person_number, tracklet_number
from tests.fixtures import edited_casts
from tests.fixtures.finished_job import PERSONS, TRACKLETS, VIDEO

BEFORE = edited_casts.Desk(TRACKLETS, PERSONS).before


def desk(*edits) -> Desk:
    found = TrackletSet(np.arange(100), tuple(TRACKLETS), tuple(PERSONS))
    tracklets = {item.tracklet_id: item for item in TRACKLETS}
    return Desk("film", len(edits), BEFORE, apply_edits(BEFORE, TRACKLETS, (), edits), found, tracklets, edits, VIDEO)


def ask(command: str, *edits, **options) -> Asked:
    defaults = {"back": False, "none": False, "tracklets": None, "persons": None}
    return asked_for(Namespace(**{"command": command, **defaults, **options}), desk(*edits))


MERGED = Merge((desk().anchor(1), desk().anchor(3)))


@pytest.mark.parametrize("text", ["7", "p7", "P7", "person_007", " 07 "])
def test_persons_are_named_in_several_ways(text) -> None:
    assert person_number(text) == 7


@pytest.mark.parametrize("text", ["", "seven", "-7", "7.0", "pp7", "person 7"])
def test_what_is_no_person_is_refused(text) -> None:
    with pytest.raises(UsageError, match="is no person: give a number, as in 3, p3 or person_003"):
        person_number(text)


def test_numbers_come_once_each() -> None:
    assert numbers_of("p3, 7,3,", person_number) == [3, 7]
    assert numbers_of("12,15", tracklet_number) == [12, 15]
    with pytest.raises(UsageError, match="'x' is no tracklet"):
        numbers_of("12,x", tracklet_number)


@pytest.mark.parametrize(
    ("command", "options", "kind", "words"),
    [
        ("merge", {"persons": ["3", "1", "4"]}, Merge, "persons 3, 1 and 4 are person 1 now"),
        ("split", {"person": "1", "tracklets": "2"}, Split, "tracklet 2 is person 5 now"),
        ("move", {"tracklet": "2", "to": "4"}, Move, "tracklet 2 is person 4's now"),
        ("move", {"tracklet": "2", "to": "new"}, Move, "tracklet 2 is person 5 now"),
        ("rename", {"person": "2", "name": " Anna "}, Rename, "person 2 is called Anna now"),
        ("ignore", {"person": "2"}, Ignore, "person 2 is ignored now"),
        ("select", {"persons": "p4,p2"}, Select, "persons 2 and 4 are selected now"),
        ("select", {"persons": "2"}, Select, "person 2 is selected now"),
        ("apart", {"person": "4", "other": "2"}, KeepApart, "persons 2 and 4 stay two people and are not recommended to be merged"),
    ],
)
def test_what_is_asked_for(command, options, kind, words) -> None:
    edit, said = ask(command, **options)
    assert (type(edit), said) == (kind, words)


def test_what_can_be_asked_for_after_an_edit() -> None:
    assert ask("split", MERGED, person="1")[1] == "person 1 is persons 1 and 3 again"
    assert ask("split", MERGED, person="1", tracklets="2,4")[1] == "tracklets 2 and 4 are person 5 now"
    assert ask("rename", Rename(desk().anchor(2), "Anna"), person="2", name="")[1] == "person 2 has no name now"
    assert ask("ignore", Ignore(desk().anchor(2)), person="2", back=True)[1] == "person 2 is no longer ignored"
    assert ask("select", Select((desk().anchor(2),)), none=True)[1] == "nobody is selected now"


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("merge", {"persons": ["1", "2"]}, "persons 1 and 2 are both seen in frame 5 (at 0:00.200), so they can't be one person"),
        ("merge", {"persons": ["1", "p1"]}, "name two persons or more to merge"),
        ("merge", {"persons": ["1", "9"]}, "there is no person 9; near it are 1, 2, 3, 4"),
        ("split", {"person": "1", "tracklets": "3,2"}, "tracklet 3 can't be split off: person 1 has 1 and 2"),
        ("split", {"person": "1", "tracklets": "1,2"}, "name some of the person's tracklets, and not all: person 1 has 1 and 2"),
        ("split", {"person": "1", "tracklets": ","}, "name some of the person's tracklets, and not all: person 1 has 1 and 2"),
        ("split", {"person": "2"}, "can't split person 2 as before merging: that person is not merged of several"),
        ("move", {"tracklet": "3", "to": "1"}, "tracklet 3 and person 1 are both seen in frame 5 (at 0:00.200)"),
        ("move", {"tracklet": "3", "to": "new"}, "can't move tracklet 3 to a new person: it is all that its person has"),
        ("move", {"tracklet": "3", "to": "2"}, "that is how it is already; nothing to do to move tracklet 3 to person 2"),
        ("move", {"tracklet": "70", "to": "2"}, "there is no tracklet 70; near it are 1, 2, 3, 4, 5"),
        ("rename", {"person": "2", "name": ""}, "that is how it is already"),
        ("rename", {"person": "2", "name": "x" * 81}, "a name has at most 80 characters"),
        ("ignore", {"person": "2", "back": True}, "that is how it is already"),
        ("select", {"persons": ","}, "name persons to select, as in --persons 3,7, or --none"),
        ("apart", {"person": "2", "other": "p2"}, "name two persons to keep apart"),
        ("undo", {}, "there is nothing to undo: no edit stands, and nobody was merged automatically"),
        ("redo", {}, "there is nothing to redo"),
    ],
)
def test_what_can_not_be_is_refused(command, options, words) -> None:
    with pytest.raises(UsageError) as refusal:
        ask(command, **options)
    assert str(refusal.value).startswith(words)


def test_a_person_who_was_merged_is_part_of_another() -> None:
    with pytest.raises(UsageError, match="person 3 is part of person 1 now; `castlist split film 1` parts them"):
        ask("rename", MERGED, person="3", name="Anna")


def test_nobody_has_nobody_near() -> None:
    nobody = replace(desk(), cast=replace(BEFORE, persons=()))
    with pytest.raises(UsageError, match="there is no person 1: nobody was found"):
        nobody.person(1)
