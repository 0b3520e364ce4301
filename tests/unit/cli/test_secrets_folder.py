"""`castlist secrets` on real folders."""

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from castlist.credentials import read_settings
from castlist.rights import PRINCIPALS
from cli.main import main
from cli.secrets_folder import Owner, Owners, settings_file, write_secrets

FILES = {*map(settings_file, PRINCIPALS), "client.env", "nats/users.conf", "nats/node-password", "s3/root.env"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "secrets"


@pytest.fixture(autouse=True)
def _own_s3_users(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CASTLIST_S3_POLICIES", raising=False)


def contents(folder: Path) -> dict[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text() for path in folder.rglob("*") if path.is_file()}


def secrets_of(folder: Path) -> Iterator[str]:
    for principal in PRINCIPALS:
        settings = read_settings(folder / settings_file(principal))
        yield from (settings["CASTLIST_NATS_PASSWORD"], settings["CASTLIST_S3_SECRET_KEY"])


def test_every_principal_gets_secrets_of_its_own(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secrets", str(folder)]) == 0
    assert set(contents(folder)) == FILES
    made = list(secrets_of(folder))
    assert len(set(made)) == 2 * len(PRINCIPALS)
    assert min(map(len, made)) == 40
    printed = "".join(capsys.readouterr())
    assert not [secret for secret in made if secret in printed]
    assert f"wrote {folder}/nats/users.conf" in printed


def test_only_the_owner_can_read(folder: Path) -> None:
    previous = os.umask(0)
    try:
        assert main(["secrets", str(folder)]) == 0
    finally:
        os.umask(previous)
    assert {oct(path.stat().st_mode & 0o777) for path in folder.rglob("*") if path.is_file()} == {"0o600"}
    assert {oct(path.stat().st_mode & 0o777) for path in (folder, *folder.rglob("*")) if path.is_dir()} == {"0o700"}


def test_another_run_changes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["secrets", str(folder)])
    before = contents(folder)
    capsys.readouterr()
    assert main(["secrets", str(folder)]) == 0
    assert contents(folder) == before
    assert capsys.readouterr().out == f"{folder} has all it needs\n"


def test_another_run_adds_what_is_missing_and_keeps_what_is_there(folder: Path) -> None:
    main(["secrets", str(folder)])
    before = contents(folder)
    (folder / "reid/credentials.env").unlink()
    (folder / "client/credentials.env").write_text("CASTLIST_NATS_PASSWORD=chosen\nCASTLIST_SLOTS=3\n")
    main(["secrets", str(folder)])
    after = contents(folder)
    changed = {name for name in FILES if before[name] != after[name]}
    assert changed == {"reid/credentials.env", "client/credentials.env", "client.env", "nats/users.conf"}
    client = read_settings(folder / "client.env")
    assert (client["CASTLIST_NATS_PASSWORD"], client["CASTLIST_SLOTS"], client["CASTLIST_NATS_USER"]) == ("chosen", "3", "client")
    assert '"chosen"' in after["nats/users.conf"]


def test_rights_that_changed_are_written_anew(folder: Path) -> None:
    main(["secrets", str(folder)])
    before = contents(folder)
    (folder / "nats/users.conf").write_text("of an older version")
    main(["secrets", str(folder)])
    assert contents(folder) == before


def test_the_client_is_told_addresses(folder: Path) -> None:
    main(["secrets", str(folder), "--nats-url", "nats://here:1", "--s3-endpoint", "here:2"])
    main(["secrets", str(folder), "--nats-url", "nats://there:1"])
    client = read_settings(folder / "client.env")
    assert (client["CASTLIST_NATS_URL"], client["CASTLIST_S3_ENDPOINT"]) == ("nats://there:1", "here:2")


def test_the_client_is_told_to_use_tls_and_not_to(folder: Path) -> None:
    main(["secrets", str(folder), "--nats-url", "tls://here:1", "--tls-ca", "tls/ca.crt"])
    client = read_settings(folder / "client.env")
    assert (client["CASTLIST_TLS_CA_FILE"], client["CASTLIST_S3_SECURE"]) == ("tls/ca.crt", "1")
    main(["secrets", str(folder), "--nats-url", "nats://here:1"])
    client = read_settings(folder / "client.env")
    assert (client["CASTLIST_TLS_CA_FILE"], client["CASTLIST_S3_SECURE"]) == ("", "0")


def test_without_policies_all_have_the_root_key_until_there_are_some(
    folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def keys() -> set[tuple[str, str]]:
        found = [read_settings(folder / settings_file(principal)) for principal in PRINCIPALS]
        return {(settings["CASTLIST_S3_ACCESS_KEY"], settings["CASTLIST_S3_SECRET_KEY"]) for settings in found}

    main(["secrets", str(folder)])
    users = contents(folder)["nats/users.conf"]
    assert len(keys()) == len(PRINCIPALS)
    monkeypatch.setenv("CASTLIST_S3_POLICIES", "0")
    main(["secrets", str(folder)])
    assert "every service gets the object store's root key" in capsys.readouterr().err
    ((user, secret),) = keys()
    assert contents(folder)["s3/root.env"] == f"MINIO_ROOT_PASSWORD={secret}\nMINIO_ROOT_USER={user}\n"
    monkeypatch.delenv("CASTLIST_S3_POLICIES")
    main(["secrets", str(folder)])
    assert len(keys()) == len(PRINCIPALS)
    assert contents(folder)["nats/users.conf"] == users


def test_two_runs_at_once_agree(folder: Path) -> None:
    runs = [threading.Thread(target=main, args=(["secrets", str(folder)],)) for _ in range(4)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert set(contents(folder)) == FILES
    users = contents(folder)["nats/users.conf"]
    assert all(read_settings(folder / settings_file(name))["CASTLIST_NATS_PASSWORD"] in users for name in PRINCIPALS)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root may give files away")
def test_files_are_given_to_those_who_need_them(folder: Path, tmp_path: Path) -> None:
    reference = tmp_path / "compose.yml"
    reference.touch()
    os.chown(reference, 1234, 1235)
    assert main(["secrets", str(folder), "--owner", "10001:10002", "--client-owner-of", str(reference)]) == 0
    owners = {path.relative_to(folder).as_posix(): (path.stat().st_uid, path.stat().st_gid) for path in folder.rglob("*")}
    assert owners.pop("client.env") == (1234, 1235)
    assert set(owners.values()) == {(10001, 10002)}
    assert (folder.stat().st_uid, oct(folder.stat().st_mode & 0o777)) == (1234, "0o711")


def test_a_folder_that_was_there_keeps_its_mode(folder: Path) -> None:
    folder.mkdir(mode=0o755)
    (folder / "notes").touch()
    write_secrets(folder, own_s3_users=True, addresses={}, owners=Owners(Owner(os.getuid(), os.getgid())))
    assert oct(folder.stat().st_mode & 0o777) == "0o755"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["--owner", "root"], "--owner wants UID:GID in numbers, not 'root'"),
        (["--client-owner-of", "nowhere"], "--client-owner-of nowhere: No such file"),
    ],
)
def test_wrong_options_are_told(folder: Path, arguments: list[str], reason: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["secrets", str(folder), *arguments]) == 2
    assert reason in capsys.readouterr().err
    assert not folder.exists()


def test_a_file_in_the_way_is_told(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder.touch()
    assert main(["secrets", str(folder)]) == 2
    assert f"{folder}: File exists" in capsys.readouterr().err


def test_a_damaged_file_is_told_and_left(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["secrets", str(folder)])
    (folder / "reid/credentials.env").write_text("open-sesame\n")
    assert main(["secrets", str(folder)]) == 2
    error = capsys.readouterr().err
    assert "reid/credentials.env, line 1: expected NAME=VALUE" in error
    assert "open-sesame" not in error
