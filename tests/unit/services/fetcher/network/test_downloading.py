"""Against real servers on this machine, which the operator's settings allow; names are looked up by the test."""

import hashlib
import ipaddress
import select
import socket
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import quote, unquote

import psutil
import pytest

from castlist.domain.egress import Egress
from castlist.domain.source_url import parse_source_url
from castlist.errors import InputError, TaskFailed
from services.fetcher.network.connecting import Passing
from services.fetcher.network.downloading import Fetched, fetch
from tests.certificates import issue_certificate
from tests.web_host import Request, WebHost, web_host

VIDEO = bytes(range(256)) * 2000
HERE = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))


def chunks(*pieces: bytes) -> Callable[[Request], None]:
    def answer(request: Request) -> None:
        request.protocol_version = "HTTP/1.1"
        request.send(200, Transfer_Encoding="chunked", Content_Length="7")
        for piece in pieces:
            request.wfile.write(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
        request.close_connection = True

    return answer


def trickle(piece: bytes, pause_s: float) -> Callable[[Request], None]:
    def answer(request: Request) -> None:
        request.send_response(200)
        request.end_headers()
        while not request.world.ended.wait(pause_s):
            request.wfile.write(piece)

    return answer


def in_pieces(rest: str, etags: tuple[str, str] = ('"1"', '"1"'), shift: int = 0) -> Callable[[Request], None]:
    """Breaks off after 5,000 bytes of a request for all; of one for the rest sends `rest`: that, all, or nothing of use."""

    def answer(request: Request) -> None:
        begins = int((request.headers["Range"] or "bytes=0-").removeprefix("bytes=").removesuffix("-"))
        first = request.world.asked[request.path] == 1
        if first:
            request.send(200, VIDEO[:5000], Content_Length=str(len(VIDEO)), ETag=etags[0])
        elif begins and rest == "rest":
            begins += shift
            request.send(206, VIDEO[begins:], Content_Range=f"bytes {begins}-{len(VIDEO) - 1}/{len(VIDEO)}", ETag=etags[1])
        elif begins and rest == "refused":
            request.send(416)
        else:
            request.send(200, VIDEO, ETag=etags[1])

    return answer


def head_in_drops(request: Request) -> None:
    while not request.world.ended.wait(0.05):
        request.wfile.write(b"H")


def busy_at_first(request: Request) -> None:
    if request.world.asked[request.path] == 1:
        request.send(503, b"busy")
    else:
        request.send(200, VIDEO)


ANSWERS = {
    "/good.mp4": VIDEO,
    "/empty.mp4": b"",
    "/second-time.mp4": busy_at_first,
    "/chunks.mp4": chunks(VIDEO[:1000], VIDEO[1000:], b""),
    "/in-two.mp4": in_pieces("rest"),
    "/without-ranges.mp4": in_pieces("all"),
    "/out-of-range.mp4": in_pieces("refused"),
    "/another-rest.mp4": in_pieces("rest", ('"1"', '"2"')),
    "/wrong-rest.mp4": in_pieces("rest", shift=-1),
    "/weak.mp4": in_pieces("rest", ('W/"1"', 'W/"1"')),
    "/cut-chunks.mp4": chunks(VIDEO[:1000]),
    "/cut.mp4": lambda request: request.send(200, VIDEO[:5000], Content_Length=str(len(VIDEO))),
    "/long.mp4": lambda request: request.send(200, Content_Length="2000001"),
    "/page": lambda request: request.send(200, b"<html>", Content_Type="text/html"),
    "/packed.mp4": lambda request: request.send(200, VIDEO, Content_Encoding="gzip"),
    "/to": lambda request: request.send(302, b"elsewhere", Location=unquote(request.query)),
    "/circle": lambda request: request.send(301, Location="/circle"),
    "/nowhere": lambda request: request.send(302),
    "/endless.mp4": trickle(b"x" * 65536, 0),
    "/drip.mp4": trickle(b"x", 0.05),
    "/slow-head.mp4": head_in_drops,
    "/silent.mp4": lambda request: request.world.ended.wait(10),
}


@dataclass
class World:
    """A host that has a certificate for `video.example`, and whatever addresses names are given."""

    host: WebHost
    folder: Path
    egress: Egress
    addresses: dict[str, list[Sequence[str]]] = field(default_factory=dict)
    looked_up: Counter[str] = field(default_factory=Counter)

    def lookup(self, host: str, port: int) -> Sequence[str]:
        answers = self.addresses.get(host, [("127.0.0.1",)])
        self.looked_up[host] += 1
        return answers[min(self.looked_up[host], len(answers)) - 1]

    def fetch(self, path: str, host: str = "video.example", **egress: object) -> Fetched:
        url = parse_source_url(f"https://{host}:{self.host.port}{path}")
        return fetch(url, self.folder / "video", replace(self.egress, **egress), self.lookup)

    def failure(self, path: str, host: str = "video.example", **egress: object) -> str:
        with pytest.raises(InputError) as caught:
            self.fetch(path, host, **egress)
        assert "secret" not in str(caught.value)
        return str(caught.value)


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[WebHost, Path]]:
    certificate = issue_certificate(tmp_path_factory.mktemp("tls") / "host", "DNS:video.example,DNS:localhost")
    with web_host(certificate, ANSWERS) as running:
        yield running, certificate.authority


@pytest.fixture
def world(host: tuple[WebHost, Path], tmp_path: Path) -> World:
    running, authority = host
    running.asked.clear()
    egress = Egress(
        HERE, (running.port,), max_bytes=2_000_000, connect_s=10.0, silence_s=10.0, whole_s=60.0, retry_s=0.0, ca_file=str(authority)
    )
    return World(running, tmp_path, egress)


@pytest.mark.parametrize(
    "path", ["/good.mp4", "/chunks.mp4", "/good.mp4?key=secret", "/second-time.mp4", "/to?/good.mp4", "/to?/to?good.mp4"]
)
def test_a_video_arrives_whole_and_is_hashed_on_the_way(world, path):
    assert world.fetch(path) == Fetched(len(VIDEO), hashlib.sha256(VIDEO).hexdigest())
    assert (world.folder / "video").read_bytes() == VIDEO
    assert [file.name for file in world.folder.iterdir()] == ["video"]


def test_who_waits_is_told_how_far_it_is(world):
    told: list[tuple[int, int | None]] = []
    for path in ("/good.mp4", "/chunks.mp4"):
        url = parse_source_url(f"https://video.example:{world.host.port}{path}")
        fetch(url, world.folder / "video", world.egress, world.lookup, lambda *far: told.append(far))
    counted = [length for length, _ in told]
    assert counted.count(len(VIDEO)) == 2
    assert {expected for _, expected in told} == {len(VIDEO), None}


@pytest.mark.parametrize(
    ("path", "requests"),
    [
        ("/in-two.mp4", 2),
        ("/without-ranges.mp4", 2),
        ("/weak.mp4", 2),  # names no bytes, so all of them are asked for again
        ("/out-of-range.mp4", 3),
        ("/another-rest.mp4", 3),
        ("/wrong-rest.mp4", 3),
    ],
)
def test_a_transfer_that_broke_off_goes_on_where_the_host_can_and_begins_anew_elsewhere(world, path, requests):
    assert world.fetch(path) == Fetched(len(VIDEO), hashlib.sha256(VIDEO).hexdigest())
    assert (world.folder / "video").read_bytes() == VIDEO
    assert world.host.asked[path] == requests
    if path == "/in-two.mp4":
        assert (world.host.newest_headers["Range"], world.host.newest_headers["If-Range"]) == ("bytes=5000-", '"1"')


def test_the_system_looks_up_names_where_nobody_else_does(world):
    url = parse_source_url(f"https://localhost:{world.host.port}/good.mp4")
    assert fetch(url, world.folder / "video", world.egress).length == len(VIDEO)


def test_the_host_is_told_its_name_and_nothing_of_us(world):
    world.fetch("/good.mp4")
    assert world.host.newest_headers["Host"] == f"video.example:{world.host.port}"
    assert world.host.newest_headers["Accept-Encoding"] == "identity"
    assert set(world.host.newest_headers) == {"Host", "Accept-Encoding", "Accept", "User-Agent", "Connection"}


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/missing.mp4", "has no such file (status 404): check the address"),
        ("/page", "sends a web page, not a video: give the address of the video file itself"),
        ("/packed.mp4", "sends the video packed as 'gzip'"),
        ("/long.mp4", "sends more than 0.002 GB"),
        ("/endless.mp4", "sends more than 0.002 GB"),
        ("/empty.mp4", "sent an empty file"),
        ("/circle", "leads on more than 5 times"),
    ],
)
def test_what_is_no_video_is_refused_at_once(world, path, reason):
    failure = world.failure(path)
    assert failure.startswith(f"video.example:{world.host.port}")
    assert reason in failure
    assert world.host.asked[path] == (6 if path == "/circle" else 1)


@pytest.mark.parametrize(
    ("path", "reason"),
    [("/cut.mp4", "sent 5,000 bytes of 512,000 and broke off"), ("/cut-chunks.mp4", "broke off (IncompleteRead)")],
)
def test_a_transfer_that_breaks_off_is_tried_again_and_then_given_up(world, path, reason):
    assert reason in world.failure(path)
    assert world.host.asked[path] == 3


@pytest.mark.parametrize(
    ("location", "reason"),
    [
        ("http://video.example/good.mp4", "only https addresses are fetched, not http"),
        ("file:///etc/passwd", "only https addresses are fetched, not file"),
        ("https://user:secret@video.example/", "holds a user name or password"),
        ("https://169.254.169.254:{port}/latest/meta-data/?secret", "169.254.169.254:{port} is at an address that is link-local"),
        ("https://[::ffff:10.0.0.1]:{port}/?secret", "is at an address that is private"),
        ("https://inside.example:{port}/?secret", "inside.example:{port} is at an address that is private"),
        ("https://video.example:1/", "port 1 is not fetched from"),
        ("/\\x", "backslash"),
    ],
)
def test_every_redirect_is_held_to_the_same_rules(world, location, reason):
    world.addresses |= {"inside.example": [("192.168.7.7",)], "169.254.169.254": [("169.254.169.254",)]}
    world.addresses["::ffff:a00:1"] = [("::ffff:10.0.0.1",)]
    assert reason.format(port=world.host.port) in world.failure(f"/to?{quote(location.format(port=world.host.port))}")


def test_a_redirect_to_nowhere_fetches_the_same_again_and_ends(world):
    assert "leads on more than 5 times" in world.failure("/nowhere")


@pytest.mark.parametrize("address", ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00:ec2::254", "::ffff:127.0.0.1", "0.0.0.0"])
def test_without_the_operators_word_nothing_but_the_public_web_is_reached(world, address):
    world.addresses["video.example"] = [(address,)]
    assert "only hosts on the public web are fetched from" in world.failure("/good.mp4", networks=())
    assert not world.host.asked


@pytest.mark.parametrize("literal", ["127.0.0.1", "[::1]", "127.1", "0x7f.1", "2130706433", "localhost"])
def test_no_spelling_of_this_machine_is_reached(world, literal):
    url = parse_source_url(f"https://{literal}:{world.host.port}/good.mp4")
    with pytest.raises(InputError, match=r"is at an address that is loopback|there is no such host"):
        fetch(url, world.folder / "video", replace(world.egress, networks=()))
    assert not world.host.asked


def test_one_private_address_among_public_ones_is_one_too_many(world):
    world.addresses["video.example"] = [("127.0.0.1", "10.0.0.1")]
    assert "an address that is private" in world.failure("/good.mp4")
    assert not world.host.asked


def test_a_name_that_changes_its_address_is_connected_to_the_one_that_was_checked(world):
    world.addresses["video.example"] = [("127.0.0.1",), ("10.0.0.1",)]
    assert world.fetch("/good.mp4").length == len(VIDEO)
    assert world.looked_up["video.example"] == 1


def test_a_name_that_turns_private_between_redirects_is_refused(world):
    world.addresses["video.example"] = [("127.0.0.1",), ("10.0.0.1",)]
    assert "an address that is private" in world.failure("/to?/good.mp4")
    assert world.host.asked == {"/to?/good.mp4": 1}


def test_the_next_address_is_tried_where_the_first_does_not_answer(world):
    world.addresses["video.example"] = [("127.0.0.2", "127.0.0.1")]  # the server listens on the second alone
    assert world.fetch("/good.mp4").length == len(VIDEO)


def test_a_certificate_must_be_for_the_name_and_from_an_authority_that_is_trusted(world):
    assert "its certificate does not hold (Hostname mismatch" in world.failure("/good.mp4", host="other.example")
    assert "its certificate does not hold (IP address mismatch" in world.failure("/good.mp4", host="127.0.0.1")
    assert "its certificate does not hold (" in world.failure("/good.mp4", ca_file="")
    assert not world.host.asked


def test_a_host_that_trickles_is_cut_when_the_time_is_up(world):
    assert "has not come within 0.5 s" in world.failure("/drip.mp4", whole_s=0.5)


def test_a_host_that_goes_on_trickling_is_left(world):
    assert "sends less than 1,000 bytes a second" in world.failure("/drip.mp4", answer_s=1.5)


def test_an_answer_that_trickles_is_cut_long_before(world):
    assert "no answer within 0.3 s" in world.failure("/slow-head.mp4", answer_s=0.3)
    assert world.host.asked["/slow-head.mp4"] <= 1, "a machine at work may not even have shaken hands"


def test_a_host_that_is_silent_is_given_up(world):
    assert "broke off (no answer in time)" in world.failure("/silent.mp4", silence_s=0.1)


@contextmanager
def speaking(words: bytes, pause_s: float = 0.0) -> Iterator[int]:
    """The port of a server that says the same to everyone, and listens to nobody."""
    ended = threading.Event()

    def speak() -> None:
        while not ended.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                try:
                    for word in words:
                        connection.sendall(bytes([word]))
                        ended.wait(pause_s)
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(5)
        thread = threading.Thread(target=speak)
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            ended.set()
            with socket.socket() as last:
                last.connect_ex(listener.getsockname())
            thread.join()


def test_what_speaks_no_tls_is_given_up(world):
    with speaking(b"HTTP/1.1 200 OK\r\n\r\n") as port, pytest.raises(Passing, match="broke off"):
        fetch(parse_source_url(f"https://localhost:{port}/"), world.folder / "video", replace(world.egress, ports=(port,)))


def test_a_handshake_that_trickles_is_cut_when_the_time_is_up(world):
    handshake = b"\x16\x03\x03\x40\x00\x02\x00\x3f\xfc" + bytes(200)
    limits = replace(world.egress, whole_s=0.5)
    with speaking(handshake, pause_s=0.1) as port, pytest.raises(InputError, match=r"has not come within 0\.5 s"):
        fetch(parse_source_url(f"https://localhost:{port}/"), world.folder / "video", replace(limits, ports=(port,)))


def test_a_port_that_nobody_listens_on_is_said(world):
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(Passing, match=rf"localhost:{port} can't be reached \(Connection refused\): check the address, or try again later"):
        fetch(parse_source_url(f"https://localhost:{port}/"), world.folder / "video", replace(world.egress, ports=(port,)))


@pytest.mark.parametrize(
    ("number", "reason"),
    [(socket.EAI_NONAME, "there is no such host: check the address"), (socket.EAI_AGAIN, "can't be looked up now: try again later")],
)
def test_a_name_without_an_address_is_said(world, number, reason):
    def lookup(*_: object) -> list[str]:
        raise socket.gaierror(number, "none")

    with pytest.raises(InputError, match=reason):
        fetch(parse_source_url("https://video.example/"), world.folder / "video", replace(world.egress, ports=(443,)), lookup)


def test_a_disk_without_room_is_the_operators_matter(world):
    with pytest.raises(TaskFailed, match="the fetcher can't write the video to its disk"):
        fetch(parse_source_url(f"https://localhost:{world.host.port}/good.mp4"), Path("/dev/full"), world.egress)


class Proxy(BaseHTTPRequestHandler):
    """Opens tunnels to this machine's host for whoever knows the word, whatever name they ask for."""

    target_port = 0
    asked: Counter[str] = Counter()  # noqa: RUF012

    def do_CONNECT(self) -> None:
        Proxy.asked[self.path] += 1
        if self.headers["Proxy-Authorization"] != "Basic bWU6c2VjcmV0":
            self.send_error(407)
            return
        self.send_response(200)
        self.end_headers()
        with socket.create_connection(("127.0.0.1", Proxy.target_port)) as far:
            near = self.connection
            while True:
                for ready in select.select([near, far], [], [])[0]:
                    data = ready.recv(65536)
                    if not data:
                        return
                    (far if ready is near else near).sendall(data)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def proxy(world: World) -> Iterator[str]:
    Proxy.target_port = world.host.port
    Proxy.asked.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Proxy) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_proxy_that_the_operator_names_looks_names_up_by_itself(world, proxy):
    assert world.fetch("/to?/good.mp4", proxy=f"http://me:secret@{proxy}").length == len(VIDEO)
    assert Proxy.asked == {f"video.example:{world.host.port}": 2}
    assert not world.looked_up


def test_all_other_rules_hold_behind_a_proxy(world, proxy):
    for_proxy = f"http://me:secret@{proxy}"
    world.addresses["10.0.0.1"] = [("10.0.0.1",)]
    assert "is at an address that is private" in world.failure("/good.mp4", host="10.0.0.1", proxy=for_proxy)
    assert "is at an address that is private" in world.failure(f"/to?https://10.0.0.1:{world.host.port}/", proxy=for_proxy)
    for spelled in ("167772161", "0xa.1", "10.1"):
        assert "is at an address that is private" in world.failure(f"/to?https://{spelled}:{world.host.port}/", proxy=for_proxy)
    assert "its certificate does not hold" in world.failure("/good.mp4", host="other.example", proxy=for_proxy)
    assert "can't be reached through the proxy 127.0.0.1 (Tunnel connection failed: 407" in world.failure(
        "/good.mp4", proxy=f"http://me:wrong@{proxy}"
    )


def test_a_tunnel_that_is_refused_leaves_no_connection(world, proxy):
    with pytest.raises(InputError) as caught:
        world.fetch("/good.mp4", proxy=f"http://me:wrong@{proxy}")
    open_ones = [each for each in psutil.Process().net_connections("tcp") if each.raddr and each.status != psutil.CONN_TIME_WAIT]
    assert caught.value.__cause__ is not None
    assert [each for each in open_ones if f"{each.raddr.ip}:{each.raddr.port}" == proxy] == []


def test_a_proxy_of_the_environment_is_not_used(world, monkeypatch):
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    assert world.fetch("/good.mp4").length == len(VIDEO)
