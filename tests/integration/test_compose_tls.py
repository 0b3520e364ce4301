"""docker-compose.tls.yml: broker and store talk TLS, to services and to the command line on the host."""

import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.certificates import issue_certificate
from tests.integration.docker_engine import Compose

pytestmark = [pytest.mark.containers, pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def stack(compose: Compose) -> Iterator[Compose]:
    """The servers and two services, whose rights on broker and store are checked before they are healthy."""
    certificate = issue_certificate(compose.checkout / "secrets" / "tls", "DNS:nats,DNS:s3,DNS:localhost,IP:127.0.0.1")
    stack = replace(compose, project=f"{compose.project}-tls", overlays=(Path("docker-compose.tls.yml"), *compose.overlays))
    try:
        stack("up", "-d", "--wait", "--wait-timeout", "120", "--no-build", "coordinator", "tracker")
        yield stack
    finally:
        print(stack("logs", "--tail", "20"))
        stack("down", "--volumes", "--remove-orphans")
        for file in certificate.key.parent.iterdir():
            file.unlink()


def test_services_and_host_talk_tls(stack: Compose) -> None:
    assert {each["State"]["Health"]["Status"] for each in stack.containers("coordinator", "tracker")} == {"healthy"}
    shown = subprocess.run(
        [sys.executable, "-m", "cli", "watch", "no-job"], cwd=stack.checkout, env={"PATH": ""}, capture_output=True, text=True, check=False
    )
    assert "there is no job 'no-job'" in shown.stderr
    client = (stack.checkout / "secrets" / "client.env").read_text()
    assert "CASTLIST_NATS_URL=tls://127.0.0.1:" in client
    assert "CASTLIST_S3_SECURE=1" in client
