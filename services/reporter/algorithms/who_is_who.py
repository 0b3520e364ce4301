"""What the page calls each person, and which persons before merging each is made of."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from castlist.domain.cast import Cast, CastPerson
from services.reporter.algorithms.wording import listed, persons_text, printable_name


@dataclass(frozen=True, slots=True)
class WhoIsWho:
    """The cast by number. `holders` are the persons who have something of each person before merging, rising."""

    people: Mapping[int, CastPerson]
    holders: Mapping[int, tuple[int, ...]]

    def title(self, person_id: int) -> str:
        """The name that the user gave, or `Person 3`."""
        return printable_name(self.people[person_id].name) or f"Person {person_id}"

    def full_name(self, person_id: int) -> str:
        """`Person 3`, or `Anna (person 3)`, since names need not differ."""
        title = self.title(person_id)
        return f"{title} (person {person_id})" if self.people[person_id].name else title

    def holding(self, before: Iterable[int]) -> tuple[int, ...]:
        """Who has something of these persons before merging, rising."""
        return tuple(sorted({holder for number in before for holder in self.holders.get(number, ())}))

    def origin(self, person_id: int) -> str:
        """Of what the person is made, in words; empty if it is as grouping left it."""
        before = self.people[person_id].from_persons
        if len(before) > 1:
            return f"Made of persons {listed(before)} as they were before merging."
        if self.holding(before) != (person_id,):
            return f"Part of what was person {listed(before)} before editing."
        return "" if before == (person_id,) else f"Was {persons_text(before).lower()} before editing."


def who_is_who(cast: Cast) -> WhoIsWho:
    """The cast, ready to be looked up."""
    holders: dict[int, list[int]] = {}
    for person in cast.persons:
        for number in person.from_persons:
            holders.setdefault(number, []).append(person.person_id)
    return WhoIsWho({person.person_id: person for person in cast.persons}, {number: tuple(sorted(who)) for number, who in holders.items()})
