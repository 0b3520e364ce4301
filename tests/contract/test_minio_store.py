"""The contract on a real S3 server, and what only a server can do: refuse, vanish, come back."""

import gc
import logging
import os
import signal
import threading
import time
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from uuid import uuid4

import pytest

from castlist.adapters.minio_store import MinioStore
from castlist.errors import AccessDenied, DependencyUnavailable, UsageError
from tests.contract.object_store_contract import ObjectStoreContract, VerifiedReaderContract
from tests.servers import S3Server, free_port, s3_server


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[S3Server]:
    with s3_server(tmp_path_factory.mktemp("s3")) as running:
        yield running


@pytest.fixture
def store(server: S3Server) -> Iterator[MinioStore]:
    store = connect(server)
    store.ensure_bucket()
    yield store
    store.close()


def connect(server: S3Server, **changes: object) -> MinioStore:
    where = {"access_key": server.access_key, "secret_key": server.secret_key, "bucket": f"test-{uuid4().hex[:12]}", "secure": False}
    return MinioStore(server.endpoint, **where | changes)  # type: ignore[arg-type]


class TestMinioStore(ObjectStoreContract):
    if os.geteuid() != 0:
        # Below an object the gateway looks as below a file, and refuses to unless it is root. Castlist has no such keys.
        missing = tuple(key for key in ObjectStoreContract.missing if not key.endswith("/below"))


class TestReaderOfMinioStore(VerifiedReaderContract):
    pass


def test_making_the_bucket_again_changes_nothing(store: MinioStore) -> None:
    store.put("jobs/a/x", b"content")
    store.ensure_bucket()
    assert store.get("jobs/a/x") == b"content"


def test_a_missing_bucket_is_told_with_the_remedy(server: S3Server) -> None:
    store = connect(server)
    for call in (lambda: store.put("a", b""), lambda: store.get("a"), lambda: list(store.list("")), lambda: list(store.list_folders("a/"))):
        with pytest.raises(UsageError, match=r"has no bucket.*castlist setup"):
            call()


@pytest.mark.parametrize("changes", [{"secret_key": "wrong-secret"}, {"access_key": "nobody"}])
def test_wrong_credentials_are_told(server: S3Server, changes: dict[str, str], tmp_path: Path) -> None:
    store = connect(server, **changes)
    (tmp_path / "file").touch()
    for call in (
        store.ensure_bucket,
        lambda: store.put("a", b""),
        lambda: store.put_file("a", tmp_path / "file"),
        lambda: store.get("a"),
        lambda: store.get_range("a", 0, 1),
        lambda: store.stat("a"),
        lambda: list(store.list("")),
        lambda: store.delete("a"),
    ):
        with pytest.raises(AccessDenied, match="refused") as raised:
            call()
        assert "secret" not in str(raised.value)


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:9000", "127.0.0.1:9000/path", ""])
def test_a_malformed_endpoint_is_told(endpoint: str) -> None:
    with pytest.raises(UsageError, match="host:port"):
        MinioStore(endpoint, "user", "secret", "bucket", secure=False)


def test_a_malformed_bucket_is_told(server: S3Server) -> None:
    with pytest.raises(UsageError, match="No Bucket"):
        connect(server, bucket="No Bucket").ensure_bucket()


def test_no_server_is_told_at_once() -> None:
    store = MinioStore(f"127.0.0.1:{free_port()}", "user", "secret", "bucket", secure=False)
    started = time.monotonic()
    for call in (
        lambda: store.put("a", b""),
        lambda: store.get("a"),
        lambda: store.stat("a"),
        lambda: list(store.list("")),
        store.ensure_bucket,
    ):
        with pytest.raises(DependencyUnavailable, match="does not answer"):
            call()
    assert time.monotonic() - started < 3


@contextmanager
def web_server(answer: Callable[[BaseHTTPRequestHandler], None]) -> Iterator[MinioStore]:
    """A store whose server is something else."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answer(self)

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        store = MinioStore(f"127.0.0.1:{web.server_port}", "user", "secret", "bucket", secure=False)
        yield store
        store.close()
        web.shutdown()
        thread.join()


def test_what_is_no_object_store_is_told() -> None:
    with (
        web_server(lambda request: request.send_error(404, "not here")) as store,
        pytest.raises(DependencyUnavailable, match="does not answer"),
    ):
        store.get("a")


def test_an_answer_that_breaks_off_or_is_no_xml_is_none() -> None:
    def break_off(request: BaseHTTPRequestHandler) -> None:
        answer_in_xml(request, 500, b"<Error><Code>Slow")

    with web_server(break_off) as store, pytest.raises(DependencyUnavailable, match="does not answer"):
        store.get("a")


def answer_in_xml(request: BaseHTTPRequestHandler, status: int, body: bytes) -> None:
    request.send_response(status)
    request.send_header("Content-Type", "application/xml")
    request.send_header("Content-Length", str(len(body)))
    request.end_headers()
    request.wfile.write(body)


class InHand:
    """What a caller has while it calls: a turn, say, that others wait for."""


def outlives(call: Callable[[], object]) -> bool:
    """Whether what a caller had in hand is still there when its call is over, before Python looks for circles."""
    found: list[weakref.ref[InHand]] = []

    def caller(in_hand: InHand) -> None:
        found.append(weakref.ref(in_hand))
        call()

    gc.collect()
    gc.disable()
    try:
        with suppress(DependencyUnavailable):
            caller(InHand())
        return found[0]() is not None
    finally:
        gc.enable()


def test_who_called_in_vain_keeps_nothing_in_hand(store: MinioStore, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A task that was tried again waited for a turn that its own first try still had."""
    caplog.set_level(logging.ERROR, "urllib3")  # pytest keeps what is logged, errors included
    assert not outlives(lambda: store.stat("jobs/a/missing"))
    away = MinioStore(f"127.0.0.1:{free_port()}", "user", "secret", "bucket", secure=False)
    assert not outlives(lambda: away.put("a", b""))
    assert not outlives(lambda: away.stat("a"))
    assert not outlives(lambda: away.get_file("a", tmp_path / "copy"))
    with web_server(lambda request: answer_in_xml(request, 503, b"<Error><Code>SlowDown</Code></Error>")) as slow:
        assert not outlives(lambda: slow.get("a"))


def test_half_an_object_is_none(tmp_path: Path) -> None:
    def break_off(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.send_header("Content-Length", "1000")
        request.end_headers()
        request.wfile.write(bytes(500))

    with web_server(break_off) as store:
        with pytest.raises(DependencyUnavailable, match="does not answer"):
            store.get("a")
        with pytest.raises(DependencyUnavailable, match="does not answer"):
            store.get_file("a", tmp_path / "copy")
    assert list(tmp_path.iterdir()) == []


def test_a_server_that_hangs_dies_and_comes_back(tmp_path: Path) -> None:
    with s3_server(tmp_path / "s3") as server:
        store = connect(server, timeouts_s=(1.0, 1.0))
        store.ensure_bucket()
        store.put("jobs/a/x", b"kept")
        assert server.process is not None
        server.process.send_signal(signal.SIGSTOP)
        while server.answers():  # the signal reaches its threads one after the other
            time.sleep(0.01)
        for call in (lambda: store.get("jobs/a/x"), lambda: store.put("jobs/a/y", b"")):
            started = time.monotonic()
            with pytest.raises(DependencyUnavailable, match="does not answer"):
                call()
            assert time.monotonic() - started < 3
        server.process.send_signal(signal.SIGCONT)
        assert store.get("jobs/a/x") == b"kept"
        server.kill()
        with pytest.raises(DependencyUnavailable, match="does not answer"):
            store.get("jobs/a/x")
        server.start()
        assert store.get("jobs/a/x") == b"kept"
        store.close()
