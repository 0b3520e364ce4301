import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.anchors import PersonAnchor, TrackletAnchor
from castlist.domain.edits import (
    Ignore,
    KeepApart,
    Merge,
    Move,
    Redo,
    Rename,
    Select,
    Split,
    Standing,
    Undo,
    changes_that_stand,
    checked_name,
    standing_after,
)
from castlist.errors import UsageError

ANNA, BEA, CLEO = (PersonAnchor(number, ()) for number in (3, 7, 9))
CALL = Rename(ANNA, "Anna")
some_edits = st.lists(st.sampled_from([CALL, Ignore(BEA), Undo(), Redo()]), max_size=12)


@pytest.mark.parametrize(
    ("edits", "done", "undone"),
    [
        ([], (0,), ()),
        ([CALL, CALL], (0, 1, 2), ()),
        ([CALL, CALL, Undo()], (0, 1), (2,)),
        ([CALL, CALL, Undo(), Undo()], (0,), (2, 1)),
        ([CALL, CALL, Undo(), Undo(), Redo()], (0, 1), (2,)),
        ([CALL, Undo(), CALL], (0, 3), ()),  # what was undone can't be brought back after a new edit
        ([CALL, Undo(), CALL, Redo()], (0, 3), ()),
        ([Undo()], (), (0,)),  # nothing was edited: the automatic merge goes
        ([Undo(), Redo()], (0,), ()),
        ([Undo(), CALL, Undo(), Undo()], (), (2,)),  # and nothing is left
    ],
)
def test_what_stands(edits, done, undone):
    assert standing_after(edits) == Standing(done, undone)


@given(some_edits, st.integers(0, 5))
def test_as_many_redos_as_undos_change_nothing(edits, count):
    before = standing_after(edits)
    count = min(count, len(before.done))
    assert standing_after([*edits, *[Undo()] * count, *[Redo()] * count]) == before


@given(some_edits)
def test_changes_that_stand_are_in_order_and_neither_undo_nor_redo(edits):
    standing = standing_after(edits)
    assert changes_that_stand(edits, standing) == tuple(edits[number - 1] for number in standing.done if number)
    assert list(standing.done) == sorted(set(standing.done))


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (Merge((ANNA, BEA)), "merge persons 3 and 7"),
        (Merge((ANNA, BEA, CLEO)), "merge persons 3, 7 and 9"),
        (Split(ANNA), "split person 3 as before merging"),
        (Split(ANNA, (TrackletAnchor(12, 0, ()),)), "split tracklet 12 off person 3"),
        (Split(ANNA, (TrackletAnchor(12, 0, ()), TrackletAnchor(15, 0, ()))), "split tracklets 12 and 15 off person 3"),
        (Move(TrackletAnchor(12, 0, ()), BEA), "move tracklet 12 to person 7"),
        (Move(TrackletAnchor(12, 0, ()), None), "move tracklet 12 to a new person"),
        (CALL, "call person 3 Anna"),
        (Rename(ANNA, ""), "take the name of person 3 away"),
        (Ignore(BEA), "ignore person 7"),
        (Ignore(BEA, ignored=False), "no longer ignore person 7"),
        (Select((ANNA, BEA)), "select persons 3 and 7"),
        (Select((ANNA,)), "select person 3"),
        (Select(()), "select nobody"),
        (KeepApart(ANNA, BEA), "keep persons 3 and 7 apart"),
        (Undo(), "undo"),
        (Redo(), "redo"),
    ],
)
def test_edits_say_what_they_do(edit, words):
    assert str(edit) == words


def test_a_name_is_one_short_line():
    assert checked_name("  Anna Ö. ") == "Anna Ö."
    assert checked_name("") == ""
    with pytest.raises(UsageError, match="at most 80 characters, this one has 81"):
        checked_name("x" * 81)
    with pytest.raises(UsageError, match="one line"):
        checked_name("Anna\nBea")
