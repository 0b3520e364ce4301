"""What the user asks for on the command line, as an edit that can be applied, and in words."""

import re
from argparse import Namespace
from collections.abc import Callable, Sequence
from itertools import combinations

from castlist.domain.cast import Cast
from castlist.domain.edits import Edit, Ignore, KeepApart, Merge, Move, Redo, Rename, Select, Split, Undo, checked_name
from castlist.errors import UsageError
from cli.desk import Desk

_PERSON = re.compile(r"(?:p|person_)?0*([0-9]{1,9})", re.IGNORECASE)

Asked = tuple[Edit, str]
"""An edit, and what it does in words."""


def person_number(text: str) -> int:
    """A person's number from `3`, `p3` or `person_003`. Raises `UsageError`."""
    match = _PERSON.fullmatch(text.strip())
    if match is None:
        raise UsageError(f"{text!r} is no person: give a number, as in 3, p3 or person_003")
    return int(match[1])


def numbers_of(text: str, number: Callable[[str], int]) -> list[int]:
    """Numbers separated by commas, each once, in order. Raises `UsageError`."""
    return list(dict.fromkeys(number(part) for part in text.split(",") if part.strip()))


def tracklet_number(text: str) -> int:
    """A tracklet's number. Raises `UsageError`."""
    if not text.strip().isdecimal():
        raise UsageError(f"{text!r} is no tracklet: give a number, as in 12; tracklet_stats.npz lists them")
    return int(text)


def asked_for(options: Namespace, desk: Desk) -> Asked:
    """The edit that a command asks for. Raises `UsageError` for one that can't be applied or changes nothing."""
    return _MAKERS[options.command](options, desk)


def _merge(options: Namespace, desk: Desk) -> Asked:
    numbers = list(dict.fromkeys(map(person_number, options.persons)))
    if len(numbers) < 2:
        raise UsageError("name two persons or more to merge")
    for first, second in combinations(numbers, 2):
        own, other = desk.person(first).tracklet_ids, desk.person(second).tracklet_ids
        desk.check_never_together(f"persons {first} and {second}", own, other)
    edit = Merge(tuple(desk.anchor(number) for number in numbers))
    desk.after(edit)
    return edit, f"persons {_listed(numbers)} are person {min(numbers)} now"


def _split(options: Namespace, desk: Desk) -> Asked:
    person = desk.person(person_number(options.person))
    numbers = numbers_of(options.tracklets or "", tracklet_number)
    foreign = [number for number in numbers if desk.tracklet(number).tracklet_id not in person.tracklet_ids]
    own = f"person {person.person_id} has {_listed(person.tracklet_ids, longest=20)}"
    if foreign:
        raise UsageError(f"tracklet{'s' * (len(foreign) > 1)} {_listed(foreign)} can't be split off: {own}")
    if options.tracklets is not None and not 0 < len(numbers) < len(person.tracklet_ids):
        raise UsageError(f"name some of the person's tracklets, and not all: {own}")
    edit = Split(desk.anchor(person.person_id), tuple(desk.tracklet(number) for number in numbers))
    after = desk.after(edit)
    if numbers:
        what = f"tracklets {_listed(numbers)} are" if len(numbers) > 1 else f"tracklet {numbers[0]} is"
        return edit, f"{what} person {_new_persons(desk, after)[0]} now"
    parts = sorted({person.person_id, *_new_persons(desk, after)})
    return edit, f"person {person.person_id} is persons {_listed(parts)} again"


def _move(options: Namespace, desk: Desk) -> Asked:
    tracklet = desk.tracklet(tracklet_number(options.tracklet))
    if options.to == "new":
        edit = Move(tracklet, None)
        return edit, f"tracklet {tracklet.tracklet_id} is person {_new_persons(desk, desk.after(edit))[0]} now"
    to = desk.person(person_number(options.to))
    others = [number for number in to.tracklet_ids if number != tracklet.tracklet_id]
    desk.check_never_together(f"tracklet {tracklet.tracklet_id} and person {to.person_id}", [tracklet.tracklet_id], others)
    edit = Move(tracklet, desk.anchor(to.person_id))
    desk.after(edit)
    return edit, f"tracklet {tracklet.tracklet_id} is person {to.person_id}'s now"


def _rename(options: Namespace, desk: Desk) -> Asked:
    number, name = person_number(options.person), checked_name(options.name)
    edit = Rename(desk.anchor(number), name)
    desk.after(edit)
    return edit, f"person {number} is called {name} now" if name else f"person {number} has no name now"


def _ignore(options: Namespace, desk: Desk) -> Asked:
    number = person_number(options.person)
    edit = Ignore(desk.anchor(number), ignored=not options.back)
    desk.after(edit)
    return edit, f"person {number} is {'no longer ignored' if options.back else 'ignored now'}"


def _select(options: Namespace, desk: Desk) -> Asked:
    numbers = sorted(numbers_of(options.persons or "", person_number))
    if not numbers and not options.none:
        raise UsageError("name persons to select, as in --persons 3,7, or --none")
    edit = Select(tuple(desk.anchor(number) for number in numbers))
    desk.after(edit)
    what = f"person{'s' * (len(numbers) > 1)} {_listed(numbers)} {'are' if len(numbers) > 1 else 'is'}" if numbers else "nobody is"
    return edit, f"{what} selected now"


def _apart(options: Namespace, desk: Desk) -> Asked:
    first, second = (person_number(text) for text in (options.person, options.other))
    if first == second:
        raise UsageError("name two persons to keep apart")
    edit = KeepApart(desk.anchor(first), desk.anchor(second))
    desk.after(edit)
    return edit, f"persons {_listed(sorted((first, second)))} stay two people and are not recommended to be merged"


def _undo(_: Namespace, desk: Desk) -> Asked:
    return Undo(), f"taken back: {desk.taken_back()}"


def _redo(_: Namespace, desk: Desk) -> Asked:
    return Redo(), f"done again: {desk.brought_back()}"


_MAKERS: dict[str, Callable[[Namespace, Desk], Asked]] = {
    "merge": _merge,
    "split": _split,
    "move": _move,
    "rename": _rename,
    "ignore": _ignore,
    "select": _select,
    "apart": _apart,
    "undo": _undo,
    "redo": _redo,
}


def _new_persons(desk: Desk, after: Cast) -> list[int]:
    known = {person.person_id for person in desk.cast.persons}
    return [person.person_id for person in after.persons if person.person_id not in known]


def _listed(numbers: Sequence[int], longest: int = 10) -> str:
    if len(numbers) > longest:
        return f"{', '.join(map(str, numbers[:longest]))} and {len(numbers) - longest} more"
    return " and ".join(filter(None, (", ".join(map(str, numbers[:-1])), str(numbers[-1]))))
