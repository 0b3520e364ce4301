"""Images of the services, built once from a copy of the checkout, and Compose that runs them."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import REPOSITORY
from tests.end_to_end.conftest import CLIP, models_environment, run_cli
from tests.integration import docker_engine
from tests.integration.docker_engine import BASE_IMAGE, SERVICES, STANDINS, Compose, docker, require_engine, require_image, server_image
from tests.servers import free_port

ACK_WAIT_S = 5


@pytest.fixture(scope="session")
def engine() -> None:
    """A Docker engine; without one the test is skipped."""
    require_engine()


@pytest.fixture(scope="session")
def checkout(engine: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone of this repository has, and nothing that was made in it."""
    folder = tmp_path_factory.mktemp("checkout") / "castlist"
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=REPOSITORY, capture_output=True, check=True
    )
    for name in filter(None, listed.stdout.decode().split("\0")):
        if (REPOSITORY / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(REPOSITORY / name, folder / name)
    return folder


@pytest.fixture(scope="session")
def compose(checkout: Path) -> Iterator[Compose]:
    """Compose with built images and a project, tags and ports of its own."""
    name = f"castlist-test-{secrets.token_hex(4)}"
    models = models_environment().get("CASTLIST_MODELS")
    settings = {
        "BASE_IMAGE": require_image(os.environ.get("BASE_IMAGE") or BASE_IMAGE),
        "NATS_IMAGE": server_image("nats"),
        "S3_IMAGE": server_image("s3"),
        "CASTLIST_TAG": name,
        "CASTLIST_OFFLINE": "1",
        "CASTLIST_ACK_WAIT_S": str(ACK_WAIT_S),
        "NATS_PORT": str(free_port()),
        "S3_PORT": str(free_port()),
    } | ({"MODELS": models} if models else {})
    overlays = [STANDINS] if docker_engine.stands_in(settings["S3_IMAGE"]) else []
    compose = Compose(checkout, name, settings, overlays)
    try:
        compose("build", "--quiet", timeout_s=600)
        yield compose
    finally:
        compose("down", "--volumes", "--remove-orphans")
        docker(
            "image", "rm", *(compose.image(image) for image in ("client", *SERVICES) if docker("image", "ls", "-q", compose.image(image)))
        )


@pytest.fixture(scope="session")
def embedded_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `castlist run` makes of the example clip, in this process's environment."""
    folder = tmp_path_factory.mktemp("embedded") / "results"
    run = run_cli("run", CLIP, "-o", folder, environment=dict(os.environ) | models_environment())
    assert run.returncode == 0, run.stderr
    return folder
