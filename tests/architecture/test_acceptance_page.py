"""docs/results.md states the bounds of castlist/acceptance.toml, all of them and no others."""

import re
from pathlib import Path

from castlist.acceptance import acceptance

PAGE = Path(__file__).resolve().parents[2] / "docs" / "results.md"
ROW = re.compile(r"^\| `(\w+)` \| ([^|]+) \| ([^|]+) \| `(\w+)` (\d+) \|$", re.MULTILINE)


def test_the_page_has_every_bound() -> None:
    shipped = [
        (item.metric, str(item.passes), str(item.warns or "all others"), name, f"{least:g}")
        for item in acceptance()
        for name, least in item.needs.items()
    ]
    assert ROW.findall(PAGE.read_text(encoding="utf-8")) == shipped
