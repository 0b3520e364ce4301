"""Users of an S3 server; and what servers without users answer."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from castlist.adapters.s3_users import S3Key, S3User, S3Users, policy_document
from castlist.errors import AccessDenied, DependencyUnavailable, UsageError
from castlist.rights import ObjectRights
from cli.main import main
from tests.servers import S3Server, free_port, nats_server, s3_server

SECRET = "open-sesame-secret"
USER = S3User(S3Key("reader", SECRET), ObjectRights(read=("jobs/*",)))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@contextmanager
def plain_server(status: int, body: str) -> Iterator[str]:
    """A server that gives one answer to everything."""

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(status)
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        yield f"127.0.0.1:{web.server_port}"
        web.shutdown()
        thread.join()


def users(endpoint: str, user: str = "castlist-test", secret: str = "castlist-test-secret") -> S3Users:
    return S3Users(endpoint, S3Key(user, secret), secure=False)


def test_a_policy_names_what_is_allowed() -> None:
    rights = ObjectRights(read=("jobs/*/source",), write=("jobs/*/plan/*", "jobs/*/detect/*"))
    assert policy_document(rights, "bucket") == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetBucketLocation"], "Resource": ["arn:aws:s3:::bucket"]},
            {"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::bucket/jobs/*/source"]},
            {
                "Effect": "Allow",
                "Action": ["s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts"],
                "Resource": ["arn:aws:s3:::bucket/jobs/*/plan/*", "arn:aws:s3:::bucket/jobs/*/detect/*"],
            },
        ],
    }


@pytest.mark.parametrize("wrong", [{"user": "nobody"}, {"secret": "wrong-secret"}])
def test_a_wrong_root_key_is_told(server: S3Server, wrong: dict[str, str]) -> None:
    with pytest.raises(AccessDenied, match="refused the root key") as raised:
        users(server.endpoint, **wrong).ensure(USER, "bucket")
    assert SECRET not in str(raised.value)


@pytest.mark.parametrize(
    ("status", "body"),
    [(405, "<Error><Code>MethodNotAllowed</Code></Error>"), (501, ""), (404, "[]"), (400, '{"Code": "X", "Message": "no"}')],
)
def test_a_server_without_users_is_told_with_the_remedy(status: int, body: str) -> None:
    with plain_server(status, body) as endpoint, pytest.raises(UsageError, match="CASTLIST_S3_POLICIES=0") as raised:
        users(endpoint).ensure(USER, "bucket")
    assert SECRET not in str(raised.value)


def test_no_server_is_told() -> None:
    with pytest.raises(DependencyUnavailable, match="does not answer"):
        users(f"127.0.0.1:{free_port()}").ensure(USER, "bucket")


def test_secrets_are_not_shown() -> None:
    assert SECRET not in repr(USER)


def test_without_policies_setup_makes_no_users_and_says_who_has_all_rights(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    secrets = tmp_path / "secrets"
    monkeypatch.setenv("CASTLIST_S3_POLICIES", "0")
    assert main(["secrets", str(secrets)]) == 0
    root = dict(line.split("=", 1) for line in (secrets / "s3" / "root.env").read_text().splitlines())
    key = root["MINIO_ROOT_USER"], root["MINIO_ROOT_PASSWORD"]
    with nats_server(tmp_path / "nats", settings=(secrets / "nats/users.conf").read_text()) as nats, s3_server(tmp_path / "s3", key) as s3:
        monkeypatch.setenv("CASTLIST_NATS_URL", nats.url)
        monkeypatch.setenv("CASTLIST_S3_ENDPOINT", s3.endpoint)
        monkeypatch.chdir(tmp_path)
        assert main(["setup"]) == 0
    printed = capsys.readouterr().out
    assert "these have its root key, with all rights: coordinator, fetcher, detector, tracker, grouper, reid, reporter, client" in printed


def test_setup_says_which_folder_or_file_is_missing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["setup", "--secrets", str(tmp_path / "nowhere")]) == 2
    assert "make it with `castlist secrets" in capsys.readouterr().err
