"""The services' images with NATS and S3 containers: three embedders, the embedded run's bytes."""

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from testcontainers.community.minio import MinioContainer
from testcontainers.community.nats import NatsContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network

from cli.output_folder import compare
from tests.end_to_end.conftest import CLIP, models_environment, run_cli
from tests.integration.docker_engine import SERVICES, Compose

pytestmark = [
    pytest.mark.containers,
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.filterwarnings("ignore:The wait_for_logs function:DeprecationWarning"),  # testcontainers calls it itself
]

KEY = {"CASTLIST_S3_ACCESS_KEY": "castlist-test", "CASTLIST_S3_SECRET_KEY": "castlist-test-secret"}
REPLICAS = {"reid": 3, "detector": 2}


def service(image: str, network: Network) -> DockerContainer:
    """A container of a service, as confined as Compose makes it."""
    container = DockerContainer(image).with_network(network)
    container.with_envs(CASTLIST_NATS_URL="nats://nats:4222", CASTLIST_S3_ENDPOINT="s3:9000", **KEY)
    container.with_kwargs(read_only=True, cap_drop=["ALL"]).with_tmpfs_mount("/tmp", "size=256m")
    models = models_environment().get("CASTLIST_MODELS")
    return container.with_volume_mapping(models, "/models").with_env("CASTLIST_MODELS", "/models") if models else container


@pytest.fixture(scope="module")
def client(compose: Compose) -> Iterator[dict[str, str]]:
    """Environment of a client of running services, each in containers of its image."""
    testcontainers_config.ryuk_disabled = True  # everything is removed here, on failure too
    with ExitStack() as stack:
        network = stack.enter_context(Network())
        nats = NatsContainer(compose.settings["NATS_IMAGE"], jetstream=True).with_network(network).with_network_aliases("nats")
        stack.enter_context(nats)
        s3 = MinioContainer(
            compose.settings["S3_IMAGE"], access_key=KEY["CASTLIST_S3_ACCESS_KEY"], secret_key=KEY["CASTLIST_S3_SECRET_KEY"]
        )
        s3.with_envs(MINIO_ROOT_USER=s3.access_key, MINIO_ROOT_PASSWORD=s3.secret_key)
        stack.enter_context(s3.with_network(network).with_network_aliases("s3"))
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("CASTLIST_")},
            "CASTLIST_NATS_URL": nats.nats_uri(),
            "CASTLIST_S3_ENDPOINT": s3.get_config()["endpoint"],
            **KEY,
        }
        ready = run_cli("setup", "--wait", "30", environment=environment)
        assert ready.returncode == 0, ready.stderr
        for name in SERVICES:
            for _ in range(REPLICAS.get(name, 1)):
                stack.enter_context(service(compose.image(name), network))
        yield environment


def test_three_embedders_in_containers_give_the_embedded_bytes(client: dict[str, str], embedded_results: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    done = run_cli("submit", CLIP, "--job", "in-containers", "--watch", "-o", results, environment=client)
    assert done.returncode == 0, done.stderr
    assert compare(embedded_results, results) == []
    compared = run_cli("compare", embedded_results, results, environment=client)
    assert (compared.returncode, compared.stdout) == (0, "the same bytes\n")
