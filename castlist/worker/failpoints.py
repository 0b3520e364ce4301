"""Places where a test may stop a worker that holds a task, to kill it there.

Off unless `CASTLIST_FAILPOINTS` names one: `<stage>:<point>:<file>` creates the file when a task of the
stage reaches the point for the first time, then hangs while the file exists. Points, in the order of a task's life:
`taken`, `computed`, `stored`, `committed`.
"""

import threading
import time
from collections.abc import Callable
from pathlib import Path

from castlist.errors import UsageError

Failpoint = Callable[[str, str], None]

POINTS = ("taken", "computed", "stored", "committed")


def no_failpoint(stage: str, point: str) -> None:
    """The failpoint of every real run: nothing happens."""


def parse_failpoint(text: str) -> Failpoint:
    """Failpoint from its text. Raises `UsageError` when the text is malformed."""
    if not text:
        return no_failpoint
    stage, _, rest = text.partition(":")
    point, _, file = rest.partition(":")
    if point not in POINTS or not file:
        raise UsageError(f"CASTLIST_FAILPOINTS must be <stage>:<{'|'.join(POINTS)}>:<file>, not {text!r}")
    reached = threading.Event()

    def hang_once(at_stage: str, at_point: str) -> None:
        if (at_stage, at_point) == (stage, point) and not reached.is_set():
            reached.set()
            _hang(Path(file))

    return hang_once


def _hang(marker: Path) -> None:
    marker.touch()
    while marker.exists():
        time.sleep(0.05)
