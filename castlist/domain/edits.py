"""What a user can change of a result, and which of a log of edits stand after undo and redo.

`str(edit)` says it in a few words, with the numbers that persons and tracklets had when it was made.
Edits are numbered from 1 in the order in which they were accepted. The automatic merge is number 0: the oldest thing that can
be undone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from castlist.domain.anchors import PersonAnchor, TrackletAnchor
from castlist.errors import UsageError

AUTOMATIC_MERGE = 0
"""Its number among the edits."""

LONGEST_NAME = 80


@dataclass(frozen=True, slots=True)
class Merge:
    """Two or more persons are one."""

    persons: tuple[PersonAnchor, ...]

    def __str__(self) -> str:
        return f"merge persons {_listed(self.persons)}"


@dataclass(frozen=True, slots=True)
class Split:
    """Tracklets of a person are another person; without tracklets: the person is cut into those before merging."""

    person: PersonAnchor
    tracklets: tuple[TrackletAnchor, ...] = ()

    def __str__(self) -> str:
        if not self.tracklets:
            return f"split person {self.person.person_id} as before merging"
        return f"split tracklet{'s' * (len(self.tracklets) > 1)} {_listed(self.tracklets)} off person {self.person.person_id}"


@dataclass(frozen=True, slots=True)
class Move:
    """A tracklet is another person's, or somebody's who has nothing else (`to` None)."""

    tracklet: TrackletAnchor
    to: PersonAnchor | None

    def __str__(self) -> str:
        whom = "a new person" if self.to is None else f"person {self.to.person_id}"
        return f"move tracklet {self.tracklet.tracklet_id} to {whom}"


@dataclass(frozen=True, slots=True)
class Rename:
    """A person has a name; an empty one takes it away."""

    person: PersonAnchor
    name: str

    def __str__(self) -> str:
        if not self.name:
            return f"take the name of person {self.person.person_id} away"
        return f"call person {self.person.person_id} {self.name}"


@dataclass(frozen=True, slots=True)
class Ignore:
    """A person does not matter, or does after all."""

    person: PersonAnchor
    ignored: bool = True

    def __str__(self) -> str:
        return f"{'ignore' if self.ignored else 'no longer ignore'} person {self.person.person_id}"


@dataclass(frozen=True, slots=True)
class Select:
    """These persons are selected and nobody else."""

    persons: tuple[PersonAnchor, ...]

    def __str__(self) -> str:
        return f"select person{'s' * (len(self.persons) > 1)} {_listed(self.persons)}" if self.persons else "select nobody"


@dataclass(frozen=True, slots=True)
class KeepApart:
    """Two persons are two people, whatever is recommended."""

    first: PersonAnchor
    second: PersonAnchor

    def __str__(self) -> str:
        return f"keep persons {_listed((self.first, self.second))} apart"


@dataclass(frozen=True, slots=True)
class Undo:
    """Take back the newest edit that stands."""

    def __str__(self) -> str:
        return "undo"


@dataclass(frozen=True, slots=True)
class Redo:
    """Bring back what was undone last, unless something was edited since."""

    def __str__(self) -> str:
        return "redo"


Change = Merge | Split | Move | Rename | Ignore | Select | KeepApart
Edit = Change | Undo | Redo


@dataclass(frozen=True, slots=True)
class Standing:
    """Numbers of the edits that stand, in order, and of those that can be brought back, the next one last."""

    done: tuple[int, ...] = (AUTOMATIC_MERGE,)
    undone: tuple[int, ...] = ()

    @property
    def merged_automatically(self) -> bool:
        """Whether the automatic merge stands."""
        return AUTOMATIC_MERGE in self.done


def after(standing: Standing, number: int, edit: Edit) -> Standing:
    """What stands after one more edit. Undo and redo with nothing left to them change nothing."""
    match edit:
        case Undo():
            return Standing(standing.done[:-1], standing.undone + standing.done[-1:])
        case Redo():
            return Standing(standing.done + standing.undone[-1:], standing.undone[:-1])
        case _:
            return Standing((*standing.done, number), ())


def standing_after(edits: Sequence[Edit]) -> Standing:
    """What stands after all of a log's edits."""
    standing = Standing()
    for number, edit in enumerate(edits, start=1):
        standing = after(standing, number, edit)
    return standing


def changes_that_stand(edits: Sequence[Edit], standing: Standing) -> tuple[Change, ...]:
    """The edits that have an effect, in order."""
    found = (edits[number - 1] for number in standing.done if number != AUTOMATIC_MERGE)
    return tuple(edit for edit in found if not isinstance(edit, Undo | Redo))


def checked_name(text: str) -> str:
    """A person's name without space around it. Raises `UsageError` for one that is too long or does not fit on a line."""
    name = text.strip()
    if len(name) > LONGEST_NAME:
        raise UsageError(f"a name has at most {LONGEST_NAME} characters, this one has {len(name)}")
    if not name.isprintable():
        raise UsageError("a name is one line of printable characters")
    return name


def _listed(anchors: Sequence[PersonAnchor | TrackletAnchor]) -> str:
    numbers = [str(anchor.person_id if isinstance(anchor, PersonAnchor) else anchor.tracklet_id) for anchor in anchors]
    return " and ".join(filter(None, (", ".join(numbers[:-1]), numbers[-1])))
