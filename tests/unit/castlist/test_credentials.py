from pathlib import Path

import pytest

from castlist.bootstrap import read_environment
from castlist.credentials import format_settings, parse_settings
from castlist.errors import UsageError

SECRET = "open-sesame"


def credentials(folder: Path, text: str) -> Path:
    path = folder / "credentials.env"
    path.write_text(text)
    return path


def test_settings_come_from_the_file_that_the_environment_names(tmp_path: Path) -> None:
    path = credentials(tmp_path, f"# ours\n\nCASTLIST_NATS_USER=reid\nCASTLIST_NATS_PASSWORD={SECRET}\nCASTLIST_S3_SECRET_KEY=a=b c\n")
    environment = read_environment({"CASTLIST_CREDENTIALS": str(path)})
    assert (environment.nats_credentials.user, environment.nats_credentials.password) == ("reid", SECRET)
    assert environment.s3_secret_key == "a=b c"


def test_the_environment_wins_unless_it_says_nothing(tmp_path: Path) -> None:
    path = credentials(tmp_path, "CASTLIST_S3_ACCESS_KEY=file\nCASTLIST_S3_BUCKET=file\n")
    environment = read_environment({"CASTLIST_CREDENTIALS": str(path), "CASTLIST_S3_ACCESS_KEY": "process", "CASTLIST_S3_BUCKET": ""})
    assert (environment.s3_access_key, environment.s3_bucket) == ("process", "file")


def test_a_default_file_need_not_exist_and_gives_way_to_a_named_one(tmp_path: Path) -> None:
    default = tmp_path / "client.env"
    assert read_environment({}, default).s3_access_key == ""
    default.write_text("CASTLIST_S3_ACCESS_KEY=default\n")
    assert read_environment({}, default).s3_access_key == "default"
    named = credentials(tmp_path, "CASTLIST_S3_ACCESS_KEY=named\n")
    assert read_environment({"CASTLIST_CREDENTIALS": str(named)}, default).s3_access_key == "named"


def test_every_line_at_fault_is_told_without_what_it_says(tmp_path: Path) -> None:
    path = credentials(
        tmp_path,
        f"CASTLIST_S3_SECRET_KEY: {SECRET}\nPATH={SECRET}\nCASTLIST_SLOTS=1\nCASTLIST_SLOTS={SECRET}\nCASTLIST_CREDENTIALS={SECRET}\n",
    )
    with pytest.raises(UsageError) as caught:
        read_environment({"CASTLIST_CREDENTIALS": str(path)})
    assert str(caught.value).split("; ") == [
        f"CASTLIST_CREDENTIALS: {path}, line 1: expected NAME=VALUE",
        f"CASTLIST_CREDENTIALS: {path}, line 2: PATH is no setting that belongs into this file",
        f"CASTLIST_CREDENTIALS: {path}, line 4: CASTLIST_SLOTS is set twice",
        f"CASTLIST_CREDENTIALS: {path}, line 5: CASTLIST_CREDENTIALS is no setting that belongs into this file",
    ]


@pytest.mark.parametrize(("content", "reason"), [(None, "can't be read"), (b"\xff\xfe", "no text in UTF-8")])
def test_a_file_that_can_t_be_read_is_told(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "credentials.env"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(UsageError, match=reason):
        read_environment({"CASTLIST_CREDENTIALS": str(path)})


def test_user_and_password_belong_together() -> None:
    with pytest.raises(UsageError, match="CASTLIST_NATS_USER and CASTLIST_NATS_PASSWORD belong together"):
        read_environment({"CASTLIST_NATS_USER": "reid"})


def test_a_certificate_authority_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="CASTLIST_TLS_CA_FILE: there is no file"):
        read_environment({"CASTLIST_TLS_CA_FILE": str(tmp_path / "ca.crt")})


def test_the_certificate_authority_is_for_addresses_that_ask_for_tls(tmp_path: Path) -> None:
    authority = tmp_path / "ca.crt"
    authority.touch()
    plain = read_environment({"CASTLIST_TLS_CA_FILE": str(authority)})
    secure = read_environment({"CASTLIST_TLS_CA_FILE": str(authority), "CASTLIST_NATS_URL": "tls://broker:4222"})
    assert (plain.nats_credentials.tls_ca_file, secure.nats_credentials.tls_ca_file) == (None, authority)
    assert plain.tls_ca_file == authority


def test_a_certificate_authority_lies_where_its_credentials_file_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    authority = tmp_path / "tls" / "ca.crt"
    authority.parent.mkdir()
    authority.touch()
    credentials(tmp_path, "CASTLIST_TLS_CA_FILE=tls/ca.crt\n")
    monkeypatch.chdir(tmp_path.parent)
    named = f"{tmp_path.name}/credentials.env"
    assert read_environment({"CASTLIST_CREDENTIALS": named}).tls_ca_file == Path(tmp_path.name) / "tls" / "ca.crt"


def test_secrets_are_not_shown() -> None:
    settings = {"CASTLIST_NATS_USER": "reid", "CASTLIST_NATS_PASSWORD": SECRET, "CASTLIST_S3_SECRET_KEY": SECRET}
    assert SECRET not in repr(read_environment(settings))


def test_what_is_written_is_what_is_read() -> None:
    settings = {"CASTLIST_S3_SECRET_KEY": "a=b#c", "CASTLIST_NATS_USER": "reid"}
    assert format_settings(settings) == "CASTLIST_NATS_USER=reid\nCASTLIST_S3_SECRET_KEY=a=b#c\n"
    assert parse_settings(format_settings(settings)) == (settings, [])
