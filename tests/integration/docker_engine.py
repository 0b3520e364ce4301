"""The Docker engine of this machine, the images that tests run on it, and Compose.

Images are those of docker-compose.yml; NATS_IMAGE, S3_IMAGE and BASE_IMAGE name others, as they do there.
"""

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.conftest import REPOSITORY

SERVICES = ("coordinator", "fetcher", "detector", "tracker", "grouper", "reid", "reporter")
STANDINS = REPOSITORY / "tests" / "integration" / "standins.yml"
BASE_IMAGE = "python:3.11-slim-bookworm"

_PULL_TIMEOUT_S = 300


def docker(*arguments: str, timeout_s: float = 120) -> str:
    """What a docker command says. Fails the test if the command fails."""
    done = subprocess.run(["docker", *arguments], capture_output=True, text=True, timeout=timeout_s, check=False)
    assert done.returncode == 0, f"docker {' '.join(arguments)}: {done.stdout}{done.stderr}"
    return done.stdout.strip()


def inspect(*objects: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(docker("inspect", *objects))
    return found


def require_engine() -> None:
    """Skip the test where no engine answers; fail it if there has to be one."""
    try:
        subprocess.run(["docker", "version"], capture_output=True, timeout=20, check=True)
    except (OSError, subprocess.SubprocessError):
        _give_up("no Docker engine answers on this machine")


def require_image(image: str) -> str:
    """The image, pulled if need be; else as `require_engine`."""
    if subprocess.run(["docker", "image", "inspect", image], capture_output=True, check=False).returncode != 0:
        try:
            subprocess.run(["docker", "pull", "-q", image], capture_output=True, timeout=_PULL_TIMEOUT_S, check=True)
        except subprocess.SubprocessError:
            _give_up(f"no image {image} on this machine, and it can't be pulled")
    return image


def _give_up(reason: str) -> None:
    if os.environ.get("REQUIRE_DOCKER") == "1":
        pytest.fail(f"REQUIRE_DOCKER=1, but {reason}")
    pytest.skip(reason)


def server_image(service: str) -> str:
    """Image of `nats` or `s3`: what the environment names, else the default of docker-compose.yml."""
    default = yaml.safe_load((REPOSITORY / "docker-compose.yml").read_text())["services"][service]["image"]
    variable, _, fallback = default.removeprefix("${").removesuffix("}").partition(":-")
    return require_image(os.environ.get(variable) or fallback)


def stands_in(s3_image: str) -> bool:
    """Whether it is the gateway that tests use where no S3 server can be pulled: its key comes by the environment."""
    return inspect(s3_image)[0]["Config"]["Entrypoint"] == ["entry.sh"]


@dataclass(frozen=True)
class Compose:
    """Compose on a checkout: one project, with settings that the file takes from the environment."""

    checkout: Path
    project: str
    settings: Mapping[str, str]
    overlays: Sequence[Path] = ()

    def __call__(self, *arguments: str, timeout_s: float = 300) -> str:
        """What a compose command says on standard output. Fails the test if the command fails."""
        files = [option for file in ("docker-compose.yml", *self.overlays) for option in ("-f", str(file))]
        command = [str(Path(sys.executable).with_name("docker-compose")), *files, *arguments]
        environment = dict(os.environ) | self.settings | {"COMPOSE_PROJECT_NAME": self.project}
        done = subprocess.run(command, cwd=self.checkout, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False)
        assert done.returncode == 0, f"compose {' '.join(arguments)}: {done.stdout}{done.stderr}"
        return done.stdout

    def image(self, name: str) -> str:
        return f"castlist-{name}:{self.settings['CASTLIST_TAG']}"

    def containers(self, *services: str, every: bool = False) -> list[dict[str, Any]]:
        """What the engine says of the running containers of services, or of `every` one, those that have ended among them."""
        ids = self("ps", "-q", *(("-a",) if every else ()), *services).split()
        return inspect(*ids) if ids else []

    def left_over(self) -> dict[str, str]:
        """Containers, networks and volumes of the project."""
        mine = f"label=com.docker.compose.project={self.project}"
        kinds = {"containers": ("ps", "-aq"), "networks": ("network", "ls", "-q"), "volumes": ("volume", "ls", "-q")}
        return {kind: found for kind, command in kinds.items() if (found := docker(*command, "--filter", mine))}
