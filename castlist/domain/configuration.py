"""A configuration file's content: sections of parameters by stage, the profile to use, and profiles of the user's own."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import Field, dataclass, field
from typing import Any

from castlist.domain.jobs import Stage
from castlist.domain.parameter_fields import allowed, as_text, default_of, parse
from castlist.domain.parameter_names import ALIASES, find, no_such
from castlist.errors import UsageError

_PROFILE_NAME = re.compile(r"[A-Za-z0-9_-]{1,40}")


@dataclass(frozen=True, slots=True)
class Profile:
    """Values, `stage.name` to text, that are chosen together."""

    description: str
    values: Mapping[str, str]


@dataclass(slots=True)
class Configuration:
    """What a file says. `faults` are sentences without the file's name; what they are about is left out of the rest."""

    profile: str = ""
    values: dict[str, str] = field(default_factory=dict)
    profiles: dict[str, Profile] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def read_configuration(document: Mapping[str, Any], own_profiles: Mapping[str, Profile]) -> Configuration:
    """Check a parsed TOML document; every fault is told with the key's path and the nearest name or the allowed range."""
    found = Configuration()
    rest = {key: value for key, value in document.items() if key not in ("profile", "profiles")}
    tables = document.get("profiles", {})
    if isinstance(tables, dict):
        found.profiles = {name: _own_or_based(name, table, own_profiles, found.faults) for name, table in tables.items()}
    else:
        found.faults.append("profiles must be sections, as [profiles.mine.detect]")
    found.profile = _known(document.get("profile", ""), "profile", [*own_profiles, *found.profiles], found.faults)
    found.values = read_sections(rest, "", found.faults)
    return found


def read_sections(document: Mapping[str, Any], path: str, faults: list[str]) -> dict[str, str]:
    """Values of sections named like stages, `stage.name` to text; `path` stands before the keys in faults, which are added."""
    values: dict[str, str] = {}
    for section, table in document.items():
        if section not in set(Stage):
            faults.append(_stray(path, section, table))
        elif not isinstance(table, dict):
            faults.append(f"{path}{section} must be a section, as [{path}{section}]")
        else:
            values |= dict(_values_of(section, table, path, faults))
    faults += [
        f"{path}{alias} is another name of {path}{name}: give one of the two"
        for alias, name in ALIASES.items()
        if {alias, name} <= values.keys()
    ]
    return {ALIASES.get(name, name): text for name, text in values.items()}


def _own_or_based(name: str, table: Any, own_profiles: Mapping[str, Profile], faults: list[str]) -> Profile:
    """A profile of the user's, over the values of the one that it is based on."""
    path = f"profiles.{name}"
    if not _PROFILE_NAME.fullmatch(name) or name in own_profiles:
        faults.append(f"{path}: choose another name, of letters, digits, _ and -, that none of Castlist's own profiles has")
    if not isinstance(table, dict):
        faults.append(f"{path} must be a section, as [{path}.detect]")
        return Profile("", {})
    sections = {key: value for key, value in table.items() if key not in ("description", "based_on")}
    before = len(faults)
    basis = _known(table.get("based_on", ""), f"{path}.based_on", list(own_profiles), faults)
    values = {**(own_profiles[basis].values if basis else {}), **read_sections(sections, f"{path}.", faults)}
    if not values and len(faults) == before:
        faults.append(f"{path} says nothing: give it a section, as [{path}.detect], or based_on")
    return Profile(str(table.get("description", "")), values)


def _known(profile: Any, path: str, known: Sequence[str], faults: list[str]) -> str:
    """The profile that is named; empty where none is, or, with a fault more, one that there is not."""
    if isinstance(profile, str) and profile in ("", *known):
        return profile
    faults.append(f"{path}: {no_such('profile', str(profile), known)}")
    return ""


def _stray(path: str, key: str, value: Any) -> str:
    if isinstance(value, dict):
        return no_such("section", f"{path}{key}", [f"{path}{stage}" for stage in Stage])
    try:
        find(key)
    except UsageError as fault:
        return f"{path}{key} stands in no section: {fault}"
    return f"{path}{key} stands in no section"


def _values_of(section: str, table: Mapping[str, Any], path: str, faults: list[str]) -> Iterator[tuple[str, str]]:
    for key, value in table.items():
        name = f"{section}.{key}"
        try:
            _, spec = find(name)
        except UsageError as fault:
            faults.append(f"{path}{name}: {fault}" if path else str(fault))
            continue
        try:
            text = _text_of(spec, value, path + name)
            parse(spec, text, path + name)
        except UsageError as fault:
            faults.append(str(fault))
        else:
            yield name, text


def _text_of(spec: "Field[Any]", value: Any, name: str) -> str:
    """A TOML value as text. Raises `UsageError` for one of another type than the field's."""
    default = default_of(spec)
    takes = type(value) is type(default) or (type(value) is int and isinstance(default, float))
    if isinstance(default, str) and type(value) is int:
        takes = True  # a word that is a number, as of tiles
    if not takes:
        words = "true or false" if isinstance(default, bool) else allowed(spec)
        raise UsageError(f"{name} must be {words}, not {_shown(value)}")
    return as_text(value)


def _shown(value: Any) -> str:
    """As TOML has it."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
