"""docs/coverage.md lists every item of the inventory once, and what it names exists."""

import re
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PAGE = REPOSITORY / "docs" / "coverage.md"

ROW = re.compile(r"^\| (K?\d+) \| [^|]+ \| (here|part|to come|declined): ([^|]+) \|$")
NAMED_FILE = re.compile(r"`((?:[\w.-]+/)+[\w.-]*|[A-Z]+\.md)`")
ISSUES_TO_COME = ("containers and observability", "identity resolution", "detection and tracking depth", "a later issue")


def rows() -> list[tuple[str, str, str]]:
    """Item, state and remark of each row of the tables."""
    table = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if re.match(r"\| K?\d", line)]
    matches = [ROW.match(line) for line in table]
    assert [line for line, match in zip(table, matches, strict=True) if match is None] == []
    return [(match[1], match[2], match[3]) for match in matches if match is not None]


def test_every_item_is_listed_once_and_in_order():
    assert [item for item, _, _ in rows()] == [*map(str, range(1, 165)), *(f"K{number}" for number in range(1, 29))]


def test_every_named_file_exists():
    named = {(item, name) for item, _, remark in rows() for name in NAMED_FILE.findall(remark)}
    assert sorted((item, name) for item, name in named if not (REPOSITORY / name).exists()) == []


def test_what_is_here_names_a_file():
    assert [item for item, state, remark in rows() if state in {"here", "part"} and not NAMED_FILE.search(remark)] == []


def test_what_is_to_come_names_its_issue():
    waiting = [(item, remark) for item, state, remark in rows() if state in {"part", "to come"}]
    assert [item for item, remark in waiting if not any(issue in remark for issue in ISSUES_TO_COME)] == []
