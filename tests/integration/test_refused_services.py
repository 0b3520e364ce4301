"""A service that broker or store refuse ends at once, with a reason and exit code 5."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from castlist.credentials import format_settings, read_settings
from cli.main import main
from tests.conftest import REPOSITORY
from tests.guarded_servers import GuardedServers, guarded_servers

WRONG = "knock-knock"


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedServers]:
    with pytest.MonkeyPatch.context() as patch, guarded_servers(tmp_path_factory.mktemp("guarded")) as servers:
        for name, value in servers.addresses().items():
            patch.setenv(name, value)
        assert main(["setup", "--secrets", str(servers.secrets)]) == 0
        yield servers


def python(servers: GuardedServers, module: str, *arguments: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "PYTHONPATH": str(REPOSITORY)} | servers.addresses() | settings
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=30, check=False)


def changed(servers: GuardedServers, service: str, folder: Path, **settings: str) -> str:
    """A copy of a service's credentials with other values."""
    path = folder / "credentials.env"
    path.write_text(format_settings(read_settings(servers.credentials_file(service)) | settings))
    return str(path)


@pytest.mark.parametrize("service", ["tracker", "coordinator"])
@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"CASTLIST_NATS_PASSWORD": WRONG}, "refused the credentials: check user, password or token"),
        ({"CASTLIST_NATS_USER": "nobody"}, "refused the credentials: check user, password or token"),
        ({"CASTLIST_S3_SECRET_KEY": WRONG}, "refused access to"),
        ({"CASTLIST_S3_ACCESS_KEY": "nobody"}, "refused access to"),
    ],
)
def test_wrong_credentials_end_a_service(
    servers: GuardedServers, tmp_path: Path, service: str, settings: dict[str, str], reason: str
) -> None:
    ended = python(servers, f"services.{service}", CASTLIST_CREDENTIALS=changed(servers, service, tmp_path, **settings))
    assert (ended.returncode, ended.stdout) == (5, "")
    assert reason in ended.stderr.splitlines()[-1]
    assert WRONG not in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        (("CASTLIST_NATS_USER", "CASTLIST_NATS_PASSWORD"), "does not let this user publish to castlist.event.-.track.0"),
        (("CASTLIST_S3_ACCESS_KEY", "CASTLIST_S3_SECRET_KEY"), "refused access to object jobs/-/track/0/manifest-"),
    ],
)
def test_rights_that_do_not_suffice_end_a_service(servers: GuardedServers, tmp_path: Path, settings: tuple[str, ...], reason: str) -> None:
    of_another = read_settings(servers.credentials_file("reporter"))
    credentials = changed(servers, "tracker", tmp_path, **{name: of_another[name] for name in settings})
    ended = python(servers, "services.tracker", CASTLIST_CREDENTIALS=credentials)
    assert ended.returncode == 5
    assert reason in ended.stderr.splitlines()[-1]


def test_a_service_takes_no_credentials_by_chance(servers: GuardedServers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "secrets").mkdir()
    shutil.copy(servers.credentials_file("client"), tmp_path / "secrets" / "client.env")
    monkeypatch.chdir(tmp_path)
    service, client = python(servers, "services.tracker"), python(servers, "cli", "watch", "no-job")
    assert (service.returncode, client.returncode) == (2, 2)
    assert "credentials are missing" in service.stderr
    assert "there is no job 'no-job'" in client.stderr


def test_wrong_credentials_of_a_client_are_told(servers: GuardedServers, tmp_path: Path) -> None:
    credentials = changed(servers, "client", tmp_path, CASTLIST_NATS_PASSWORD=WRONG)
    ended = python(servers, "cli", "watch", "no-job", CASTLIST_CREDENTIALS=credentials)
    assert ended.returncode == 5
    assert "refused the credentials" in ended.stderr
    assert WRONG not in ended.stderr
