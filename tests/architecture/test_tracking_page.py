"""docs/tracking.md says of every parameter of the tracker, and of how tracks become tracklets, what turning it does."""

import re
from dataclasses import fields
from pathlib import Path

from castlist.domain.parameters import PickParameters, TrackParameters

PAGE = Path(__file__).resolve().parents[2] / "docs" / "tracking.md"
ROW = re.compile(r"^\| `(\w+\.\w+)` \| ([^|]+) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$", re.MULTILINE)
OF_TRACKLETS = ("min_tracklet_frames", "link_", "cut_")


def test_every_parameter_stands_there_with_its_default() -> None:
    shipped = {f"track.{spec.name}": spec.default for spec in fields(TrackParameters)}
    shipped |= {f"pick.{spec.name}": spec.default for spec in fields(PickParameters) if spec.name.startswith(OF_TRACKLETS)}
    assert {name: default for name, _, default, _, _ in ROW.findall(PAGE.read_text(encoding="utf-8"))} == {
        name: {True: "on", False: "off"}[default] if isinstance(default, bool) else str(default) for name, default in shipped.items()
    }
