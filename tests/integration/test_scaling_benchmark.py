"""The benchmark of scaling runs, and finds nothing lost."""

import subprocess
import sys

import pytest

from tests.conftest import REPOSITORY


@pytest.mark.slow
def test_a_few_jobs_scale_and_drain() -> None:
    command = [sys.executable, "-m", "benchmarks.scaling", "--workers", "1,2", "--rounds", "1", "--drain-jobs", "3"]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, timeout=100, check=False)
    assert done.returncode == 0, done.stderr
    assert [line.split("|")[1].strip() for line in done.stdout.splitlines() if line.startswith("|")][-1] == "3"
    assert "| 3 | 300 | 300 | 0 | 0 |" in done.stdout
