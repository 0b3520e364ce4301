import hashlib
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import urllib3

from castlist.errors import UsageError
from castlist.manifest import ModelEntry, ModelLibrary, manifest
from cli import models
from cli.models import DownloadFailed, download, ensure_models, files_pointed_at, wanted_models

WEIGHTS = bytes(range(256)) * 1000
FALSE_WEIGHTS = bytes(len(WEIGHTS))


class Host(BaseHTTPRequestHandler):
    """Answers as the path says."""

    silent = threading.Event()

    def do_GET(self) -> None:
        match self.path:
            case "/good":
                self._send(200, WEIGHTS)
            case "/moved":
                self.send_response(302)
                self.send_header("Location", "/good")
                self.end_headers()
            case "/false":
                self._send(200, FALSE_WEIGHTS)
            case "/long":
                self._send(200, WEIGHTS + b"more")
            case "/cut":
                self._send(200, WEIGHTS[:5000], length=len(WEIGHTS))
            case "/silent":
                self.silent.wait(10)
            case _:
                self._send(404, b"no such file")

    def _send(self, status: int, body: bytes, length: int | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(body) if length is None else length))
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        try:
            super().handle()
        except ConnectionError:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "_TIMEOUT", urllib3.Timeout(connect=0.5, read=0.5))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(scope="module")
def host() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Host) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        Host.silent.set()
        server.shutdown()
        thread.join()


def entry(url: str, name: str = "yolox_nano") -> ModelEntry:
    return replace(manifest()[name], url=url, size_bytes=len(WEIGHTS), sha256=hashlib.sha256(WEIGHTS).hexdigest())


def failure(url: str, folder: Path) -> str:
    with pytest.raises(DownloadFailed) as caught:
        download(entry(url), folder)
    assert list(folder.iterdir()) == []
    return str(caught.value)


@pytest.mark.parametrize("path", ["/good", "/moved"])
def test_what_was_pinned_arrives_whole(host: str, tmp_path: Path, path: str) -> None:
    counted: list[int] = []
    target = download(entry(host + path), tmp_path / "new" / "cache", counted.append)
    assert target == tmp_path / "new" / "cache" / "yolox_nano.onnx"
    assert target.read_bytes() == WEIGHTS
    assert sum(counted) == len(WEIGHTS)
    assert [item.name for item in target.parent.iterdir()] == ["yolox_nano.onnx"]


@pytest.mark.parametrize("path", ["/false", "/long"])
def test_another_file_is_thrown_away(host: str, tmp_path: Path, path: str) -> None:
    assert failure(host + path, tmp_path) == "what 127.0.0.1 sent is not the pinned file, its size or SHA-256 differs"


def test_an_answer_that_breaks_off(host: str, tmp_path: Path) -> None:
    assert failure(host + "/cut", tmp_path).startswith("127.0.0.1 ")


def test_a_file_that_is_gone(host: str, tmp_path: Path) -> None:
    assert failure(host + "/gone", tmp_path) == "127.0.0.1 answered 404"


def test_a_host_that_says_nothing(host: str, tmp_path: Path) -> None:
    assert failure(host + "/silent", tmp_path) == "127.0.0.1 stopped answering"


def test_a_host_that_refuses(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        assert failure(f"http://127.0.0.1:{unused.getsockname()[1]}/", tmp_path) == "127.0.0.1 can't be reached"


def test_a_host_that_does_not_exist(tmp_path: Path) -> None:
    assert failure("http://castlist.invalid/weights", tmp_path) == "castlist.invalid can't be reached"


def test_a_cache_that_can_not_be_written(host: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(DownloadFailed, match="can't be written to"):
        download(entry(host + "/good"), tmp_path / "file")


def test_earlier_weights_are_replaced(host: str, tmp_path: Path) -> None:
    (tmp_path / "yolox_nano.onnx").write_bytes(FALSE_WEIGHTS)
    download(entry(host + "/good"), tmp_path)
    assert (tmp_path / "yolox_nano.onnx").read_bytes() == WEIGHTS


def test_missing_models_are_fetched_and_what_fails_is_told(host: str, tmp_path: Path) -> None:
    wanted = (entry(host + "/good"), entry(host + "/gone", "osnet_x0_25_msmt17"))
    reasons = ensure_models(wanted, ModelLibrary(cache_folder=tmp_path), tmp_path, quiet=True)
    assert reasons == ("osnet_x0_25_msmt17 could not be downloaded: 127.0.0.1 answered 404.",)
    assert (tmp_path / "yolox_nano.onnx").read_bytes() == WEIGHTS


def test_offline_nothing_is_asked_for(host: str, tmp_path: Path) -> None:
    reasons = ensure_models((entry(host + "/good"),), ModelLibrary(cache_folder=tmp_path), tmp_path, offline=True)
    assert reasons == ("yolox_nano is not on this machine, and downloads are switched off.",)
    assert list(tmp_path.iterdir()) == []


def test_what_is_at_hand_is_not_fetched(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    folder.mkdir()
    (folder / "yolox_nano.onnx").write_bytes(b"mine")
    wanted = (entry("http://castlist.invalid/"),)
    assert ensure_models(wanted, ModelLibrary(folder, tmp_path / "cache"), tmp_path / "cache") == ()
    assert not (tmp_path / "cache").exists()


@pytest.mark.parametrize(
    ("overrides", "names"),
    [
        ({}, ["yolox_nano", "osnet_x0_25_msmt17"]),
        ({"plan.detector": "ssdlite_pedestrian"}, ["osnet_x0_25_msmt17"]),
        ({"plan.detector": "yolox_nano", "plan.embedder": "colour_stripes"}, ["yolox_nano"]),
        ({"plan.detector": "nonsense"}, ["osnet_x0_25_msmt17"]),
    ],
)
def test_only_what_a_request_can_use_is_wanted(overrides: dict[str, str], names: list[str]) -> None:
    assert [item.name for item in wanted_models(overrides)] == names


def test_a_path_is_taken_as_the_name_of_a_file_and_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "best.onnx").touch()
    monkeypatch.chdir(tmp_path)
    rest = ["detect.nms_iou=0.5", "nonsense", "plan.embedder=a/b.onnx"]
    assert files_pointed_at([f"plan.detector={tmp_path / 'best.onnx'}", *rest]) == (
        ["plan.detector=best.onnx", *rest],
        (tmp_path / "best.onnx",),
    )
    assert files_pointed_at(["plan.detector = best.onnx"]) == (["plan.detector =best.onnx"], (Path("best.onnx"),))
    for names_alone in ("plan.detector=other.onnx", "plan.detector=yolox_nano", "plan.detector=auto"):
        assert files_pointed_at([names_alone]) == ([names_alone], ())
    with pytest.raises(UsageError, match=r"^plan\.detector: there is no file no/such\.onnx$"):
        files_pointed_at(["plan.detector=no/such.onnx"])
