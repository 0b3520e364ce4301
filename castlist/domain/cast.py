"""Who is who: the persons of a video after merging and editing, without their rows."""

from collections.abc import Sequence
from dataclasses import dataclass

from castlist.domain.records import Person


@dataclass(frozen=True, slots=True)
class CastPerson:
    """One person: `tracklet_ids` after splitting, `from_persons` the persons before merging that these come from; both rising.

    `name` is empty where the user gave none. `ignored` persons stay in the results, marked.
    """

    person_id: int
    tracklet_ids: tuple[int, ...]
    from_persons: tuple[int, ...]
    name: str = ""
    ignored: bool = False
    selected: bool = False


@dataclass(frozen=True, slots=True)
class UnappliedEdit:
    """An edit that has no, or not its whole effect on this analysis: what it wanted and why it can't have it."""

    edit: str
    reason: str


@dataclass(frozen=True, slots=True)
class Cast:
    """All persons by rising number, with holes after a merge; every tracklet is in exactly one.

    `kept_apart` are pairs of persons, lower number first, that the user says are two people. `unapplied_edits` come in
    the order in which they were made. No number above `highest_number` was ever given to anybody: new persons get those.
    """

    persons: tuple[CastPerson, ...]
    highest_number: int = 0
    kept_apart: tuple[tuple[int, int], ...] = ()
    unapplied_edits: tuple[UnappliedEdit, ...] = ()

    def person(self, person_id: int) -> CastPerson | None:
        """None if nobody has that number."""
        return next((person for person in self.persons if person.person_id == person_id), None)

    def person_of(self, tracklet_id: int) -> CastPerson | None:
        """Who has a tracklet; None if there is no such tracklet."""
        return next((person for person in self.persons if tracklet_id in person.tracklet_ids), None)


def cast_before_merging(persons: Sequence[Person]) -> Cast:
    """Every person as grouping left it."""
    cast = tuple(CastPerson(person.person_id, person.tracklet_ids, (person.person_id,)) for person in persons)
    return Cast(cast, max((person.person_id for person in persons), default=0))
