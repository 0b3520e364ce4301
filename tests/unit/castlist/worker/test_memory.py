"""What tasks freed goes back to the system: at once when nobody works, now and then while somebody does."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from castlist.worker.memory import SpareMemory

PIECES, PIECE_BYTES = 3000, 16 << 10


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096


def freed_in_pieces() -> np.ndarray:
    """Some 48 MB of small pieces that the C library keeps, since what is returned was made behind them."""
    pieces = [np.ones(PIECE_BYTES, np.uint8) for _ in range(PIECES)]
    last = np.ones(PIECE_BYTES, np.uint8)
    pieces.clear()
    return last


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems give memory back in ways of their own")
@pytest.mark.parametrize(("interval_s", "idle"), [(0.0, False), (3600.0, True)])
def test_free_memory_goes_back(interval_s: float, idle: bool) -> None:
    memory = SpareMemory(interval_s)
    last = freed_in_pieces()
    held = resident_bytes()
    memory.task_ended()
    if idle:
        assert held - resident_bytes() < 4 << 20
        memory.nobody_works()
    assert held - resident_bytes() > 24 << 20
    assert last.all()


USES_PICTURES = """
import resource, sys
import numpy as np
from castlist.worker.memory import keep_freed
if sys.argv[1]:
    keep_freed(int(sys.argv[1]))
for turn in range(60):
    if turn == 10:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    pictures = [np.ones(3 << 20, np.uint8) for _ in range(4)]
    del pictures
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="other systems give memory back in ways of their own")
def test_what_is_kept_is_used_again_without_asking_the_system() -> None:
    asked, kept = (
        int(subprocess.run([sys.executable, "-c", USES_PICTURES, most], check=True, capture_output=True, timeout=60).stdout)
        for most in ("", str(64 << 20))
    )
    assert kept < 500
    assert asked > 20 * kept
