"""The bounds by which every job is judged: `acceptance.toml`, which says what its entries mean."""

import tomllib
from collections.abc import Mapping
from dataclasses import fields
from functools import cache
from importlib.resources import files
from math import isfinite
from typing import Any

from castlist.domain.acceptance import Bound, Criterion
from castlist.domain.cluster_metrics import ClusterMetrics
from castlist.domain.track_metrics import CropStats, TrackMetrics
from castlist.errors import TaskFailed

_FIGURES: Mapping[str, frozenset[str]] = {
    "track_metrics": frozenset(spec.name for kind in (TrackMetrics, CropStats, ClusterMetrics) for spec in fields(kind)),
    "timings": frozenset({"realtime_factor", "realtime_factor_gpu"}),
}
_SIDES = tuple(spec.name for spec in fields(Bound))


@cache
def acceptance(of: str = "track_metrics") -> tuple[Criterion, ...]:
    """The criteria for one of the published documents, in the order of the file. Raises `TaskFailed` that names what is wrong in it."""
    return read_criteria(files("castlist").joinpath("acceptance.toml").read_text(encoding="utf-8"), of)


def wanted(metric: str, of: str = "track_metrics") -> Bound:
    """Within what a figure passes. Raises `KeyError` for one that is not judged."""
    return {item.metric: item.passes for item in acceptance(of)}[metric]


def read_criteria(text: str, of: str) -> tuple[Criterion, ...]:
    """The same out of the file's text. Raises `TaskFailed` that names the entry and what is wrong with it."""
    try:
        entries = tomllib.loads(text).get(of, {})
    except tomllib.TOMLDecodeError as fault:
        raise _wrong("", f"is no TOML: {fault}") from None
    return tuple(_criterion(f"{of}.{metric}", metric, entry, _FIGURES[of]) for metric, entry in entries.items())


def _wrong(place: str, fault: str) -> TaskFailed:
    return TaskFailed(f"castlist/acceptance.toml: {place or 'the file'} {fault}")


def _criterion(place: str, metric: str, entry: object, figures: frozenset[str]) -> Criterion:
    _check_names(place, {metric: 0}, figures)
    parts = _table(place, entry)
    _check_names(place, parts, ("pass", "warn", "needs", "remedy"))
    if "pass" not in parts or not isinstance(parts.get("remedy"), str):
        raise _wrong(place, "must have pass, and remedy in words")
    needs = _numbers(f"{place}.needs", parts.get("needs", {}), figures)
    warns = _bound(f"{place}.warn", parts["warn"]) if "warn" in parts else None
    return Criterion(metric, _bound(f"{place}.pass", parts["pass"]), parts["remedy"], warns, needs)


def _bound(place: str, entry: object) -> Bound:
    bound = Bound(**_numbers(place, entry, _SIDES))
    if bound == Bound():
        raise _wrong(place, f"must have one of {', '.join(_SIDES)}")
    least = bound.at_least
    if least is not None and not all(upper is None or least <= upper for upper in (bound.below, bound.at_most)):
        raise _wrong(place, "must not end before it begins")
    return bound


def _numbers(place: str, entry: object, known: frozenset[str] | tuple[str, ...]) -> dict[str, float]:
    numbers = _table(place, entry)
    _check_names(place, numbers, known)
    for name, value in numbers.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not isfinite(value):
            raise _wrong(f"{place}.{name}", f"must be a number, not {value!r}")
    return dict(numbers)


def _table(place: str, entry: object) -> Mapping[str, Any]:
    if not isinstance(entry, dict):
        raise _wrong(place, f"must be a table, not {entry!r}")
    return entry


def _check_names(place: str, names: Mapping[str, object], known: frozenset[str] | tuple[str, ...]) -> None:
    for name in names:
        if name not in known:
            raise _wrong(place, f"names {name!r}, which is none of {', '.join(sorted(known))}")
