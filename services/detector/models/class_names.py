"""What the classes of a detection network are called, and which of them are people."""

from ast import literal_eval
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.errors import TaskFailed

PERSONS = ("person", "pedestrian", "people", "human")
_COCO_PERSON = 0


def named_classes(facts: Mapping[str, str], file_name: str) -> dict[int, str]:
    """Class names by number from what an exporter wrote beside the network, empty if it did not.

    Raises `TaskFailed` if it says that the network is not for detection, or what it says can't be read.
    """
    task = facts.get("task", "detect")
    if task != "detect":
        raise TaskFailed(f"{file_name} is for the task {task!r}, Castlist needs one that detects: export another")
    names = literal(facts, "names", file_name) or {}
    if not isinstance(names, dict | list | tuple):
        raise _unreadable("names", file_name)
    named = names if isinstance(names, dict) else dict(enumerate(names))
    if not all(str(number).isdecimal() and isinstance(name, str) for number, name in named.items()):
        raise _unreadable("names", file_name)
    return {int(number): name for number, name in named.items()}


def classes_of_persons(names: Mapping[int, str], file_name: str) -> NDArray[np.int64]:
    """The classes that are people, or the only one; class 0, as in COCO, where none is named. Raises `TaskFailed` if there is none."""
    if len(names) <= 1:
        return np.array(list(names) or [_COCO_PERSON])
    found = [index for index, name in names.items() if name.lower() in PERSONS]
    if not found:
        raise TaskFailed(f"{file_name} knows {len(names)} classes and none is called person: export a model that was trained on people")
    return np.array(found)


def literal(facts: Mapping[str, str], name: str, file_name: str) -> Any:
    """A fact as the value that it spells, None if it is not there. Raises `TaskFailed` for one that can't be read."""
    try:
        return literal_eval(facts[name]) if name in facts else None
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError) as fault:  # all that `literal_eval` raises
        raise _unreadable(name, file_name) from fault


def sides(facts: Mapping[str, str], name: str, file_name: str, usual_px: int, most_px: int) -> tuple[int, int]:
    """A fact that is one side, or height and width, in pixels. Raises `TaskFailed` for one that is neither, or beyond `most_px`."""
    found = literal(facts, name, file_name) or usual_px
    pair = tuple(found) if isinstance(found, list | tuple) else (found, found)
    if len(pair) != 2 or not all(type(side) is int and 0 < side <= most_px for side in pair):
        raise _unreadable(name, file_name)
    return pair


def _unreadable(name: str, file_name: str) -> TaskFailed:
    return TaskFailed(f"{file_name} says its {name} in a way that can't be read: export it again (docs/models.md)")
