"""Print the tests that a pytest JUnit report says were skipped, one a line, as pytest takes them.

Usage: skipped_tests.py REPORT.xml
"""

import sys
import xml.etree.ElementTree as ET
from pathlib import Path


def node_id(classname: str, name: str) -> str:
    """Of dotted names of module and classes. A module that skipped as a whole has no class, and its dotted name as name."""
    parts = (classname or name).split(".")
    depth = next((n for n in range(len(parts), 0, -1) if Path(*parts[:n]).with_suffix(".py").is_file()), 0)
    if depth == 0:
        raise SystemExit(f"no file of this checkout has the test {classname}::{name}")
    inside = [*parts[depth:], *([name] if classname else [])]
    return "::".join([str(Path(*parts[:depth]).with_suffix(".py")), *inside])


def main(report_path: str) -> None:
    cases = ET.parse(report_path).getroot().iter("testcase")  # noqa: S314 - pytest wrote it a moment ago
    skipped = [(case.get("classname", ""), case.get("name", "")) for case in cases if case.find("skipped") is not None]
    print("\n".join(node_id(*case) for case in skipped))


if __name__ == "__main__":
    main(*sys.argv[1:])
