"""What parameters are called, and which one was meant by a name that there is not."""

import difflib
from collections.abc import Mapping, Sequence
from dataclasses import Field, fields
from functools import cache
from typing import Any

from castlist.domain.jobs import Stage
from castlist.domain.parameters import STAGE_PARAMETERS
from castlist.errors import UsageError

ALIASES: Mapping[str, str] = {"compare.cluster_thresh": "compare.similarity_threshold"}
"""Other names that anybody may use, for one and the same parameter."""

VARIABLE_PREFIX = "CASTLIST_SET_"


def find(name: str) -> tuple[Stage, "Field[Any]"]:
    """The parameter that a name means. Raises `UsageError` with the nearest names if there is none."""
    known = known_parameters()
    name = ALIASES.get(name, name)
    if name not in known:
        raise UsageError(no_such("parameter", name, [*known, *ALIASES]))
    return known[name]


@cache
def known_parameters() -> Mapping[str, tuple[Stage, "Field[Any]"]]:
    """Every parameter under its full name, in order of the stages."""
    return {f"{stage}.{spec.name}": (stage, spec) for stage, kind in STAGE_PARAMETERS.items() for spec in fields(kind)}


def no_such(what: str, name: str, known: Sequence[str]) -> str:
    """That there is no such thing, and which one was most likely meant: one that has the name in another stage, or the nearest."""
    local = name.rpartition(".")[2].lower()
    elsewhere = [other for other in known if local and other.rpartition(".")[2] == local]
    near = elsewhere or difflib.get_close_matches(name, known, n=1) or difflib.get_close_matches(name.lower(), known, n=1)
    hint = f"; did you mean {' or '.join(repr(other) for other in near)}?" if near else ""
    return f"there is no {what} {name!r}{hint}"


def variable_of(name: str) -> str:
    """The environment variable that sets a parameter."""
    return VARIABLE_PREFIX + name.replace(".", "_").upper()


def parameter_of(variable: str) -> str:
    """The parameter that an environment variable sets: the first word is the stage, for no stage's name has two."""
    return variable.removeprefix(VARIABLE_PREFIX).lower().replace("_", ".", 1)
