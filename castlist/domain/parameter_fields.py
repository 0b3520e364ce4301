"""How a parameter is declared, with range and effect beside its default, and read from text."""

import math
from dataclasses import Field, field
from typing import Any, cast

from castlist.domain.jobs import ParameterValue
from castlist.errors import UsageError


def number(default: float, doc: str, low: float = -math.inf, high: float = math.inf) -> Any:
    """A whole number if the default is one."""
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


def switch(default: bool, doc: str) -> Any:
    """On or off."""
    return field(default=default, metadata={"doc": doc})


def choice(default: str, doc: str, *choices: str) -> Any:
    """One of several words."""
    return field(default=default, metadata={"doc": doc, "choices": choices})


def parse(spec: "Field[Any]", text: str) -> ParameterValue:
    """The value that a text means. Raises `UsageError` for one that the field does not allow."""
    if isinstance(spec.default, bool):
        return _parse_switch(spec, text)
    if isinstance(spec.default, str):
        choices: tuple[str, ...] = spec.metadata["choices"]
        if text not in choices:
            raise UsageError(f"{spec.name} must be one of {', '.join(choices)}, not {text!r}")
        return text
    return _parse_number(spec, text)


def _parse_switch(spec: "Field[Any]", text: str) -> bool:
    words = {"true": True, "on": True, "1": True, "yes": True, "false": False, "off": False, "0": False, "no": False}
    if text.lower() not in words:
        raise UsageError(f"{spec.name} must be on or off, not {text!r}")
    return words[text.lower()]


def _parse_number(spec: "Field[Any]", text: str) -> int | float:
    kind = int if isinstance(spec.default, int) else float
    try:
        value = kind(text)
    except ValueError:
        raise UsageError(f"{spec.name} must be {'a whole number' if kind is int else 'a number'}, not {text!r}") from None
    low, high = spec.metadata["low"], spec.metadata["high"]
    if not low <= value <= high or not math.isfinite(value):
        raise UsageError(f"{spec.name} must lie between {low:g} and {high:g}, not {text}")
    return value


def default_of(spec: "Field[Any]") -> ParameterValue:
    """What holds where the request says nothing."""
    return cast("ParameterValue", spec.default)
