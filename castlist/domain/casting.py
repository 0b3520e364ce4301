"""From persons before merging, automatic merges and edits to the cast: a pure function, the same for the same edits.

Merged persons keep the lowest number, the name of the lowest that has one, are ignored if all were and selected if one was.
A person that is split off gets its number from before merging back where that is free, else one above all that were ever used.
Nobody is ever in two places: what would join two persons that are seen in one frame is not applied.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from castlist.domain.anchors import PersonAnchor, TrackletAnchor, TrackletRows, found_again, most, tracklet_rows
from castlist.domain.cast import Cast, CastPerson, UnappliedEdit
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
from castlist.domain.records import Int64, Tracklet

MergeStep = tuple[Sequence[int], Sequence[int]]
"""Two groups of persons, by their numbers before merging, that are merged into one person."""


def apply_edits(
    persons: Mapping[int, Sequence[int]], tracklets: Sequence[Tracklet], automatic: Iterable[MergeStep], edits: Sequence[Edit]
) -> Cast:
    """The cast after all edits.

    `persons` are the tracklet ids of each person before merging, every tracklet in one of them, none with two that share a
    frame; `automatic` are the merges applied before any edit, in order.
    """
    standing = standing_after(edits)
    state = _State(
        rows=tracklet_rows(tracklets),
        frames={tracklet.tracklet_id: tracklet.frame_numbers for tracklet in tracklets},
        origin={tracklet: person for person, ids in persons.items() for tracklet in ids},
        members={person: sorted(ids) for person, ids in persons.items()},
        marks={person: _Marks() for person in persons},
        highest=max(persons, default=0),
    )
    if standing.merged_automatically:
        _merge_automatically(state, automatic)
    unapplied = []
    for edit in changes_that_stand(edits, standing):
        unapplied += [UnappliedEdit(str(edit), reason) for reason in _apply(state, edit)]
    return state.cast(tuple(unapplied))


def first_shared_frame(first: Iterable[Int64], second: Iterable[Int64]) -> int | None:
    """The first frame that is in both of two groups' frame numbers."""
    none = np.zeros(0, np.int64)
    shared = np.intersect1d(np.concatenate([none, *first]), np.concatenate([none, *second]))
    return int(shared[0]) if len(shared) else None


@dataclass(frozen=True, slots=True)
class _Marks:
    name: str = ""
    ignored: bool = False
    selected: bool = False


@dataclass(slots=True)
class _State:
    """The cast as it is edited: `members` are each person's tracklets, rising; `origin` says who had one before merging."""

    rows: TrackletRows
    frames: Mapping[int, Int64]
    origin: Mapping[int, int]
    members: dict[int, list[int]]
    marks: dict[int, _Marks]
    highest: int
    apart: set[tuple[int, int]] = field(default_factory=set)

    def owners(self) -> dict[int, int]:
        """Who has each tracklet."""
        return {tracklet: person for person, tracklets in self.members.items() for tracklet in tracklets}

    def find_person(self, anchor: PersonAnchor) -> int | None:
        return most(found_again(self.rows, anchor.tracklets), self.owners(), anchor.person_id)

    def find_tracklet(self, anchor: TrackletAnchor) -> int | None:
        itself = {tracklet: tracklet for tracklet in self.origin}
        return most(found_again(self.rows, [anchor]), itself, anchor.tracklet_id)

    def clash(self, first: Iterable[int], second: Iterable[int]) -> str | None:
        """Why two groups of tracklets can't be one person."""
        frame = first_shared_frame((self.frames[tracklet] for tracklet in first), (self.frames[tracklet] for tracklet in second))
        return None if frame is None else f"both are seen in frame {frame}"

    def merge(self, one: int, other: int) -> str | None:
        """Join two persons; why not, if that can't be."""
        if one == other:
            return None
        clash = self.clash(self.members[one], self.members[other])
        if clash is not None:
            return clash
        kept, gone = sorted((one, other))
        into, lost = self.marks[kept], self.marks.pop(gone)
        self.marks[kept] = _Marks(into.name or lost.name, into.ignored and lost.ignored, into.selected or lost.selected)
        self.members[kept] = sorted(self.members[kept] + self.members.pop(gone))
        renamed = (tuple(kept if person == gone else person for person in pair) for pair in self.apart)
        self.apart = {_pair(first, second) for first, second in renamed if first != second}
        return None

    def split_off(self, person: int, tracklets: Iterable[int], number: int | None = None) -> int:
        """Give some of a person's tracklets to a new one; returns its number, which is `number` if that is free."""
        if number is None or number in self.members:
            number = self.highest = self.highest + 1
        self.members[number] = sorted(tracklets)
        self.members[person] = sorted(set(self.members[person]) - set(self.members[number]))
        self.marks[number] = _Marks()
        return number

    def give(self, tracklet: int, giver: int, taker: int) -> None:
        """Move a tracklet; who has none left is nobody any more."""
        self.members[giver].remove(tracklet)
        self.members[taker] = sorted([*self.members[taker], tracklet])
        if not self.members[giver]:
            del self.members[giver], self.marks[giver]
            self.apart = {pair for pair in self.apart if giver not in pair}

    def cast(self, unapplied: tuple[UnappliedEdit, ...]) -> Cast:
        persons = tuple(
            CastPerson(
                person_id=person,
                tracklet_ids=tuple(tracklets),
                from_persons=tuple(sorted({self.origin[tracklet] for tracklet in tracklets})),
                name=self.marks[person].name,
                ignored=self.marks[person].ignored,
                selected=self.marks[person].selected,
            )
            for person, tracklets in sorted(self.members.items())
        )
        return Cast(persons, tuple(sorted(self.apart)), unapplied)


def _merge_automatically(state: _State, steps: Iterable[MergeStep]) -> None:
    """Merge groups of persons before merging; one that shares a frame with the rest is left out."""
    owner = {person: person for person in state.members}
    for step in steps:
        first, *others = sorted({owner[person] for group in step for person in group})
        for other in others:
            if state.merge(first, other) is None:
                owner = {person: first if now == other else now for person, now in owner.items()}


def _apply(state: _State, edit: Change) -> list[str]:
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


def _merge(state: _State, edit: Merge) -> list[str]:
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


def _split(state: _State, edit: Split) -> list[str]:
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


def _split_back(state: _State, person: int) -> list[str]:
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


def _move(state: _State, edit: Move) -> list[str]:
    tracklet = state.find_tracklet(edit.tracklet)
    if tracklet is None:
        return [f"nobody is seen where tracklet {edit.tracklet.tracklet_id} was"]
    giver = state.owners()[tracklet]
    return _move_away(state, tracklet, giver) if edit.to is None else _move_over(state, tracklet, giver, edit.to)


def _move_away(state: _State, tracklet: int, giver: int) -> list[str]:
    if state.members[giver] == [tracklet]:
        return ["it is all that its person has"]
    state.split_off(giver, [tracklet])
    return []


def _move_over(state: _State, tracklet: int, giver: int, to: PersonAnchor) -> list[str]:
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


def _mark(state: _State, anchor: PersonAnchor, **marks: Any) -> list[str]:
    person = state.find_person(anchor)
    if person is None:
        return [_gone(anchor)]
    state.marks[person] = replace(state.marks[person], **marks)
    return []


def _keep_apart(state: _State, edit: KeepApart) -> list[str]:
    first, second = state.find_person(edit.first), state.find_person(edit.second)
    if first is None or second is None:
        return [_gone(anchor) for anchor, person in ((edit.first, first), (edit.second, second)) if person is None]
    if first == second:
        foreign = _foreign_part(state, first, edit)
        if not foreign:
            return ["they are one person before merging"]
        second = state.split_off(first, foreign, min(state.origin[tracklet] for tracklet in foreign))
    state.apart.add(_pair(first, second))
    return []


def _foreign_part(state: _State, person: int, edit: KeepApart) -> list[int]:
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


def _pair(first: int, second: int) -> tuple[int, int]:
    return min(first, second), max(first, second)
