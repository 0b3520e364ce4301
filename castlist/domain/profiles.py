"""Castlist's own profiles, which are data: `profiles.toml` beside this file, read when this is loaded."""

import tomllib
from collections.abc import Mapping
from importlib.resources import files
from typing import Any

from castlist.domain.configuration import Profile, read_sections
from castlist.errors import UsageError


def _profile(name: str, table: Mapping[str, Any]) -> Profile:
    faults: list[str] = []
    sections = {key: value for key, value in table.items() if key != "description"}
    values = read_sections(sections, f"{name}.", faults)
    if faults:
        raise UsageError("; ".join(faults))
    return Profile(table["description"], values)


PROFILES: Mapping[str, Profile] = {
    name: _profile(name, table) for name, table in tomllib.loads(files(__package__).joinpath("profiles.toml").read_text("utf-8")).items()
}
