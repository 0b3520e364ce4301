"""List the skips of a pytest JUnit report and fail on one whose reason is not on the list.

Usage: check_skips.py REPORT.xml ALLOWED.txt
"""

import sys
import xml.etree.ElementTree as ET
from fnmatch import fnmatchcase
from pathlib import Path


def read_skips(report: ET.Element) -> list[tuple[str, str]]:
    """Test and reason of every skip; an expected failure counts as one."""
    return [
        (f"{case.get('classname')}::{case.get('name')}", skip.get("message", "no reason given"))
        for case in report.iter("testcase")
        for skip in case.iter("skipped")
    ]


def read_allowed(path: Path) -> list[str]:
    lines = (line.strip() for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith("#")]


def main(report_path: str, allowed_path: str) -> int:
    try:
        report = ET.parse(report_path).getroot()  # noqa: S314 - pytest wrote it a moment ago
    except (OSError, ET.ParseError) as error:
        print(f"there is no test report to read: {error}")
        return 1
    allowed = read_allowed(Path(allowed_path))
    forbidden_count = 0
    for test, reason in read_skips(report):
        listed = any(fnmatchcase(reason, pattern) for pattern in allowed)
        forbidden_count += not listed
        print(f"skipped ({'allowed' if listed else 'NOT ALLOWED'}): {test}: {reason}")
    if forbidden_count:
        print(f"{forbidden_count} skipped for a reason that is not in {allowed_path}")
    return int(forbidden_count > 0)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
