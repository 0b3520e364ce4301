"""What Compose makes of docker-compose.yml and its overlays; it needs no engine for that."""

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

from tests.conftest import REPOSITORY


@cache
def composed(*overlays: str) -> dict[str, Any]:
    """The model, profiles included. To be read only."""
    files = [option for file in ("docker-compose.yml", *overlays) for option in ("-f", file)]
    command = [Path(sys.executable).with_name("docker-compose"), *files, "--profile", "tools", "config", "--format", "json"]
    environment = {"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/")}
    done = subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    config: dict[str, Any] = json.loads(done.stdout)
    return config
