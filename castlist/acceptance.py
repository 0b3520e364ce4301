"""The bounds by which every job is judged: `acceptance.toml`, which says what its entries mean."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any

from castlist.domain.acceptance import Bound, Criterion


@cache
def acceptance(of: str = "track_metrics") -> tuple[Criterion, ...]:
    """The criteria for one of the published documents, in the order of the file."""
    text = files("castlist").joinpath("acceptance.toml").read_text(encoding="utf-8")
    return tuple(_criterion(metric, entry) for metric, entry in tomllib.loads(text)[of].items())


def wanted(metric: str, of: str = "track_metrics") -> Bound:
    """Within what a figure passes. Raises `KeyError` for one that is not judged."""
    return {item.metric: item.passes for item in acceptance(of)}[metric]


def _criterion(metric: str, entry: Mapping[str, Any]) -> Criterion:
    warns = entry.get("warn")
    return Criterion(metric, Bound(**entry["pass"]), entry["remedy"], Bound(**warns) if warns else None, entry.get("needs", {}))
