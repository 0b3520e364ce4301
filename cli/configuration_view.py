"""Parameters for people and programs: a table, a JSON document, and a configuration file to start from."""

import json
import math
from collections.abc import Iterator, Mapping
from dataclasses import Field
from typing import Any

from castlist.domain.jobs import Parameter, Stage
from castlist.domain.parameter_fields import allowed, as_text, default_of
from castlist.domain.parameter_names import ALIASES, known_parameters
from castlist.domain.resolving import DEFAULT, layers
from cli.columns import table
from cli.configuration import Choice

Parameters = Mapping[Stage, Mapping[str, Parameter]]


def as_table(choice: Choice, stages: tuple[Stage, ...]) -> str:
    """One row a parameter; where a place goes before another one, both are told."""
    parameters, said = choice.parameters(), _said(choice)
    rows = [
        (
            name,
            as_text(parameters[stage][spec.name].value),
            _told_sources(parameters[stage][spec.name].source, said.get(name, [])),
            allowed(spec) if len(allowed(spec)) < 40 else "one of several words",
            spec.metadata["doc"],
        )
        for name, (stage, spec) in known_parameters().items()
        if stage in stages
    ]
    return table(("PARAMETER", "VALUE", "SOURCE", "MUST BE", "EFFECT"), rows)


def as_document(choice: Choice, stages: tuple[Stage, ...]) -> dict[str, Any]:
    """The same for programs, with the profiles that can be named."""
    parameters, said = choice.parameters(), _said(choice)
    return {
        "file": str(choice.file) if choice.file is not None else None,
        "profile": choice.settings.profile or None,
        "profiles": {name: {"description": profile.description, "values": profile.values} for name, profile in choice.profiles.items()},
        "parameters": {
            name: {
                "value": parameters[stage][spec.name].value,
                "source": parameters[stage][spec.name].source,
                "default": default_of(spec),
                "overridden": [{"source": source, "value": text} for source, text in said.get(name, [])[1:]],
                "effect": spec.metadata["doc"],
                **_limits(spec),
            }
            for name, (stage, spec) in known_parameters().items()
            if stage in stages
        },
    }


def as_file(parameters: Parameters) -> str:
    """A configuration file with every parameter, explained; what is at its default is a comment."""
    return "\n".join(_file_lines(parameters)) + "\n"


def _file_lines(parameters: Parameters) -> Iterator[str]:
    yield "# Castlist's parameters: take the # away before a name to set it. What each does for how long a run takes and what it finds:"
    yield "# docs/configuration.md. A profile goes before what stands in the sections here."
    yield '# profile = "fast_cpu"'
    for stage, values in parameters.items():
        if not values:
            continue
        yield f"\n[{stage}]"
        for name, (of, spec) in known_parameters().items():
            if of is stage:
                value = values[spec.name]
                yield f"# {spec.metadata['doc']} Must be {allowed(spec)}."
                yield f"{'# ' if value.source == DEFAULT else ''}{name.partition('.')[2]} = {_toml(value)}"


def _toml(item: Parameter) -> str:
    if isinstance(item.value, bool):
        return "true" if item.value else "false"
    return json.dumps(item.value, ensure_ascii=False) if isinstance(item.value, str) else str(item.value)


def _said(choice: Choice) -> Mapping[str, list[tuple[str, str]]]:
    """Who says what about each parameter, the place that counts first."""
    said: dict[str, list[tuple[str, str]]] = {}
    for place in layers(choice.overrides, choice.settings):
        for name, text in place.values:
            said.setdefault(ALIASES.get(name, name), []).append((place.source, text))
    return said


def _told_sources(source: str, said: list[tuple[str, str]]) -> str:
    beaten = ", ".join(f"{text} by {other}" for other, text in said[1:])
    return f"{source} (not {beaten})" if beaten else source


def _limits(spec: "Field[Any]") -> dict[str, Any]:
    if isinstance(spec.default, bool):
        return {"type": "switch"}
    if isinstance(spec.default, str):
        return {"type": "word", "choices": list(spec.metadata["choices"])}
    low, high = spec.metadata["low"], spec.metadata["high"]
    return {
        "type": "whole number" if isinstance(spec.default, int) else "number",
        "low": low if math.isfinite(low) else None,
        "high": high if math.isfinite(high) else None,
    }
