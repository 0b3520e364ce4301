"""A job over TLS, and who is not let in."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from castlist.adapters.nats_bus import NatsBus, NatsCredentials
from castlist.errors import AccessDenied, DependencyUnavailable
from cli.output_folder import compare
from tests.certificates import Certificate, issue_certificate
from tests.end_to_end.conftest import Cluster
from tests.guarded_servers import GuardedServers, guarded_servers
from tests.servers import nats_server


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return issue_certificate(tmp_path_factory.mktemp("certificate") / "files")


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, certificate: Certificate) -> Iterator[GuardedServers]:
    with guarded_servers(tmp_path_factory.mktemp("tls"), certificate) as servers:
        yield servers


def test_a_job_over_tls_gives_the_same_bytes(cluster: Cluster, embedded_results: Path) -> None:
    cluster.start_all()
    cluster.submit_copy("over-tls")
    assert compare(embedded_results, cluster.fetch("over-tls")) == []


async def test_a_certificate_from_a_stranger_is_not_trusted(servers: GuardedServers, tmp_path: Path) -> None:
    other = issue_certificate(tmp_path / "other")
    with pytest.raises(AccessDenied, match=r"certificate of the broker .* is not trusted .*CASTLIST_TLS_CA_FILE"):
        await NatsBus.connect(servers.nats.url, credentials=NatsCredentials(tls_ca_file=other.authority), timeout_s=1)
    with pytest.raises(AccessDenied, match=r"certificate of the object store .* is not trusted: .*CASTLIST_TLS_CA_FILE"):
        servers._replace(authority=other.authority).store("setup").get("x")


def test_the_store_is_not_reached_without_tls(servers: GuardedServers) -> None:
    with pytest.raises(DependencyUnavailable, match="HTTPS server"):
        servers._replace(authority=None).store("setup").get("x")


async def test_no_password_is_told_to_a_broker_without_tls(tmp_path: Path, certificate: Certificate) -> None:
    with nats_server(tmp_path / "nats", settings="trace: true\nlogtime: false\n") as plain:
        started = time.monotonic()
        credentials = NatsCredentials("reid", "open-sesame", tls_ca_file=certificate.authority)
        with pytest.raises(AccessDenied, match=r"offers no TLS: switch it on there, or say nats:// instead"):
            await NatsBus.connect(plain.url.replace("nats://", "tls://"), credentials=credentials)
        assert time.monotonic() - started < 2
        assert "CONNECT" not in plain.log_file.read_text()
