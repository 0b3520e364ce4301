"""From persons before merging, automatic merges and edits to the cast: a pure function, the same for the same edits.

Merged persons keep the lowest number, the name of the lowest that has one, are ignored if all were and selected if one was.
A person that is split off gets its number from before merging back where that is free, else one above all that were ever used.
Nobody is ever in two places: what would join two persons that are seen in one frame is not applied.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from castlist.domain.anchors import PersonAnchor, found_again
from castlist.domain.cast import Cast, UnappliedEdit
from castlist.domain.editable_cast import EditableCast, editable, pair_of
from castlist.domain.edits import (
    Change,
    Edit,
    Ignore,
    KeepApart,
    Merge,
    Move,
    Rename,
    Select,
    Split,
    changes_that_stand,
    standing_after,
)
from castlist.domain.records import Tracklet

MergeStep = tuple[Sequence[int], Sequence[int]]
"""Two groups of persons, by their numbers before merging, that are merged into one person."""


def apply_edits(before: Cast, tracklets: Sequence[Tracklet], automatic: Iterable[MergeStep], edits: Sequence[Edit]) -> Cast:
    """The cast after all edits.

    `before` is the cast before merging, no person with two tracklets that share a frame; `automatic` are the merges applied
    before any edit, in order.
    """
    standing = standing_after(edits)
    state = editable(before, before, tracklets)
    if standing.merged_automatically:
        _merge_automatically(state, automatic)
    unapplied: list[UnappliedEdit] = []
    for edit in changes_that_stand(edits, standing):
        unapplied += _told(edit, _apply(state, edit))
    return state.cast(unapplied)


def apply_change(before: Cast, now: Cast, tracklets: Sequence[Tracklet], change: Change) -> Cast:
    """The cast after one more edit, of whose `unapplied_edits` only those of this one are there."""
    state = editable(before, now, tracklets)
    return state.cast(_told(change, _apply(state, change)))


def _told(edit: Change, reasons: Iterable[str]) -> list[UnappliedEdit]:
    return [UnappliedEdit(str(edit), reason) for reason in reasons]


def _merge_automatically(state: EditableCast, steps: Iterable[MergeStep]) -> None:
    """Merge groups of persons before merging; one that shares a frame with the rest is left out."""
    owner = {person: person for person in state.members}
    for step in steps:
        first, *others = sorted({owner[person] for group in step for person in group})
        for other in others:
            if state.merge(first, other) is None:
                owner = {person: first if now == other else now for person, now in owner.items()}


def _apply(state: EditableCast, edit: Change) -> list[str]:
    """Apply one edit as far as it goes; returns why the rest does not."""
    match edit:
        case Merge():
            reasons = _merge(state, edit)
        case Split():
            reasons = _split(state, edit)
        case Move():
            reasons = _move(state, edit)
        case Rename():
            reasons = _mark(state, edit.person, name=edit.name)
        case Ignore():
            reasons = _mark(state, edit.person, ignored=edit.ignored)
        case Select():
            state.marks = {person: replace(marks, selected=False) for person, marks in state.marks.items()}
            reasons = [reason for anchor in edit.persons for reason in _mark(state, anchor, selected=True)]
        case KeepApart():
            reasons = _keep_apart(state, edit)
    return reasons


def _merge(state: EditableCast, edit: Merge) -> list[str]:
    reasons = []
    merged: int | None = None
    for anchor in edit.persons:
        person = state.find_person(anchor)
        if person is None:
            reasons.append(_gone(anchor))
            continue
        clash = None if merged is None else state.merge(merged, person)
        if clash is None:
            merged = person if merged is None else min(merged, person)
        else:
            reasons.append(f"person {anchor.person_id} can't be the same: {clash}")
    return reasons


def _split(state: EditableCast, edit: Split) -> list[str]:
    person = state.find_person(edit.person)
    if person is None:
        return [_gone(edit.person)]
    if not edit.tracklets:
        return _split_back(state, person)
    own = state.members[person]
    wanted = {state.find_tracklet(anchor) for anchor in edit.tracklets} & set(own)
    if len(wanted) in (0, len(own)):
        return [f"the tracklets are {'all' if wanted else 'none'} of that person's"]
    state.split_off(person, (tracklet for tracklet in own if tracklet in wanted))
    return []


def _split_back(state: EditableCast, person: int) -> list[str]:
    groups: dict[int, list[int]] = {}
    for tracklet in state.members[person]:
        groups.setdefault(state.origin[tracklet], []).append(tracklet)
    if len(groups) == 1:
        return ["that person is not merged of several"]
    keeper = person if person in groups else min(groups)
    for number, tracklets in sorted(groups.items()):
        if number != keeper:
            state.split_off(person, tracklets, number)
    return []


def _move(state: EditableCast, edit: Move) -> list[str]:
    tracklet = state.find_tracklet(edit.tracklet)
    if tracklet is None:
        return [f"nobody is seen where tracklet {edit.tracklet.tracklet_id} was"]
    giver = state.owners()[tracklet]
    return _move_away(state, tracklet, giver) if edit.to is None else _move_over(state, tracklet, giver, edit.to)


def _move_away(state: EditableCast, tracklet: int, giver: int) -> list[str]:
    if state.members[giver] == [tracklet]:
        return ["it is all that its person has"]
    state.split_off(giver, [tracklet])
    return []


def _move_over(state: EditableCast, tracklet: int, giver: int, to: PersonAnchor) -> list[str]:
    taker = state.find_person(to)
    if taker is None:
        return [_gone(to)]
    if taker == giver:
        return []
    clash = state.clash([tracklet], state.members[taker])
    if clash is not None:
        return [f"it can't be that person's: {clash}"]
    state.give(tracklet, giver, taker)
    return []


def _mark(state: EditableCast, anchor: PersonAnchor, **marks: Any) -> list[str]:
    person = state.find_person(anchor)
    if person is None:
        return [_gone(anchor)]
    state.marks[person] = replace(state.marks[person], **marks)
    return []


def _keep_apart(state: EditableCast, edit: KeepApart) -> list[str]:
    first, second = state.find_person(edit.first), state.find_person(edit.second)
    if first is None or second is None:
        return [_gone(anchor) for anchor, person in ((edit.first, first), (edit.second, second)) if person is None]
    if first == second:
        foreign = _foreign_part(state, first, edit)
        if not foreign:
            return ["they are one person before merging"]
        second = state.split_off(first, foreign, min(state.origin[tracklet] for tracklet in foreign))
    state.apart.add(pair_of(first, second))
    return []


def _foreign_part(state: EditableCast, person: int, edit: KeepApart) -> list[int]:
    """Tracklets of a person that leave it so that the two of an edit are apart; none where that can't be.

    Persons before merging stay whole: each is the first's or the second's, and the part that the number comes from stays.
    """
    votes: dict[int, float] = {}
    for sign, anchor in ((-1, edit.first), (1, edit.second)):
        for tracklet, rows in found_again(state.rows, anchor.tracklets).items():
            votes[state.origin[tracklet]] = votes.get(state.origin[tracklet], 0.0) + sign * rows
    own = state.members[person]
    foreign = [tracklet for tracklet in own if votes.get(state.origin[tracklet], 0.0) > 0]
    if person in {state.origin[tracklet] for tracklet in foreign}:
        foreign = [tracklet for tracklet in own if tracklet not in foreign]
    return [] if len(foreign) == len(own) else foreign


def _gone(anchor: PersonAnchor) -> str:
    return f"nobody is seen where person {anchor.person_id} was"
