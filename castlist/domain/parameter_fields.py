"""How a parameter is declared, with range and effect beside its default, and read from text."""

import math
import re
from dataclasses import Field, field
from typing import Any, cast

from castlist.domain.jobs import ParameterValue
from castlist.errors import UsageError

_MODEL_FILE = re.compile(r"[^./\\\x00-\x1f][^/\\\x00-\x1f]*\.onnx")

SAMPLING = ("uniform", "quality_weighted", "stratified")
"""Ways to choose some of many crops."""


def number(default: float, doc: str, low: float = -math.inf, high: float = math.inf) -> Any:
    """A whole number if the default is one."""
    return field(default=default, metadata={"doc": doc, "low": low, "high": high})


def switch(default: bool, doc: str) -> Any:
    """On or off."""
    return field(default=default, metadata={"doc": doc})


def choice(default: str, doc: str, *choices: str) -> Any:
    """One of several words."""
    return field(default=default, metadata={"doc": doc, "choices": choices})


def model(default: str, doc: str, *names: str) -> Any:
    """One of several models, or the name of an ONNX file in the models folder."""
    return field(default=default, metadata={"doc": doc, "choices": names, "files": True})


def is_model_file(text: str) -> bool:
    """Whether a text may name an ONNX file that lies in some folder, and no other folder than that."""
    return _MODEL_FILE.fullmatch(text) is not None


def parse(spec: "Field[Any]", text: str, name: str) -> ParameterValue:
    """The value that a text means. Raises `UsageError` for one that the field does not allow, under the name that the user gave."""
    if isinstance(spec.default, bool):
        return _parse_switch(text, name)
    if isinstance(spec.default, str):
        if text not in spec.metadata["choices"] and not (spec.metadata.get("files") and is_model_file(text)):
            raise UsageError(f"{name} must be {allowed(spec)}, not {text!r}")
        return text
    return _parse_number(spec, text, name)


def allowed(spec: "Field[Any]") -> str:
    """What a field takes, in words that follow `must be`."""
    if isinstance(spec.default, bool):
        return "on or off"
    if isinstance(spec.default, str):
        or_file = " or the name of an ONNX file in the models folder" if spec.metadata.get("files") else ""
        return f"one of {', '.join(spec.metadata['choices'])}{or_file}"
    kind = "a whole number" if isinstance(spec.default, int) else "a number"
    low, high = spec.metadata["low"], spec.metadata["high"]
    if math.isfinite(high):
        return f"{kind} from {_plain(low)} to {_plain(high)}"
    return f"{kind} from {_plain(low)} on" if math.isfinite(low) else kind


def as_text(value: ParameterValue) -> str:
    """A value as the text that `parse` reads it from."""
    return ("on" if value else "off") if isinstance(value, bool) else str(value)


def default_of(spec: "Field[Any]") -> ParameterValue:
    """What holds where nobody says anything."""
    return cast("ParameterValue", spec.default)


def _parse_switch(text: str, name: str) -> bool:
    words = {"true": True, "on": True, "1": True, "yes": True, "false": False, "off": False, "0": False, "no": False}
    if text.lower() not in words:
        raise UsageError(f"{name} must be on or off, not {text!r}")
    return words[text.lower()]


def _parse_number(spec: "Field[Any]", text: str, name: str) -> int | float:
    kind = int if isinstance(spec.default, int) else float
    try:
        value = kind(text)
    except ValueError:
        raise UsageError(f"{name} must be {allowed(spec)}, not {text!r}") from None
    if not spec.metadata["low"] <= value <= spec.metadata["high"] or not math.isfinite(value):
        raise UsageError(f"{name} must be {allowed(spec)}, not {text}")
    return value


def _plain(limit: float) -> str:
    """Without an exponent, as it would be typed."""
    return f"{limit:.10g}" if abs(limit) >= 1e-4 or not limit else f"{limit:g}"
