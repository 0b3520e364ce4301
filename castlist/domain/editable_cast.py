"""A cast while it is edited: the one mutable thing of editing, and the rules that always hold of it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from castlist.domain.anchors import PersonAnchor, TrackletAnchor, TrackletRows, found_again, most, tracklet_rows
from castlist.domain.cast import Cast, CastPerson, UnappliedEdit
from castlist.domain.records import Int64, Tracklet


@dataclass(frozen=True, slots=True)
class Marks:
    name: str = ""
    ignored: bool = False
    selected: bool = False


@dataclass(slots=True)
class EditableCast:
    """The cast as it is edited: `members` are each person's tracklets, rising; `origin` says who had one before merging."""

    rows: TrackletRows
    frames: Mapping[int, Int64]
    origin: Mapping[int, int]
    members: dict[int, list[int]]
    marks: dict[int, Marks]
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
        self.marks[kept] = Marks(into.name or lost.name, into.ignored and lost.ignored, into.selected or lost.selected)
        self.members[kept] = sorted(self.members[kept] + self.members.pop(gone))
        renamed = (tuple(kept if person == gone else person for person in pair) for pair in self.apart)
        self.apart = {pair_of(first, second) for first, second in renamed if first != second}
        return None

    def split_off(self, person: int, tracklets: Iterable[int], number: int | None = None) -> int:
        """Give some of a person's tracklets to a new one; returns its number, which is `number` if that is free."""
        if number is None or number in self.members:
            number = self.highest = self.highest + 1
        self.members[number] = sorted(tracklets)
        self.members[person] = sorted(set(self.members[person]) - set(self.members[number]))
        self.marks[number] = Marks()
        return number

    def give(self, tracklet: int, giver: int, taker: int) -> None:
        """Move a tracklet; who has none left is nobody any more."""
        self.members[giver].remove(tracklet)
        self.members[taker] = sorted([*self.members[taker], tracklet])
        if not self.members[giver]:
            del self.members[giver], self.marks[giver]
            self.apart = {pair for pair in self.apart if giver not in pair}

    def cast(self, unapplied: Iterable[UnappliedEdit]) -> Cast:
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
        return Cast(persons, self.highest, tuple(sorted(self.apart)), tuple(unapplied))


def editable(before: Cast, now: Cast, tracklets: Sequence[Tracklet]) -> EditableCast:
    """A cast to edit; `before` is the one before merging."""
    return EditableCast(
        rows=tracklet_rows(tracklets),
        frames={tracklet.tracklet_id: tracklet.frame_numbers for tracklet in tracklets},
        origin={tracklet: person.person_id for person in before.persons for tracklet in person.tracklet_ids},
        members={person.person_id: sorted(person.tracklet_ids) for person in now.persons},
        marks={person.person_id: Marks(person.name, person.ignored, person.selected) for person in now.persons},
        highest=now.highest_number,
        apart=set(now.kept_apart),
    )


def first_shared_frame(first: Iterable[Int64], second: Iterable[Int64]) -> int | None:
    """The first frame that is in both of two groups' frame numbers."""
    none = np.zeros(0, np.int64)
    shared = np.intersect1d(np.concatenate([none, *first]), np.concatenate([none, *second]))
    return int(shared[0]) if len(shared) else None


def pair_of(first: int, second: int) -> tuple[int, int]:
    """Two persons, the lower number first."""
    return min(first, second), max(first, second)
