"""An https host on this machine, for tests of what is fetched from the web."""

import ssl
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.certificates import Certificate

Send = Callable[..., None]


@dataclass
class WebHost:
    """A host that runs: what it holds by path, and what it was asked.

    An answer is a file's bytes, or a function that is given the request's handler.
    """

    port: int = 0
    answers: Mapping[str, bytes | Callable[["Request"], None]] = field(default_factory=dict)
    asked: Counter[str] = field(default_factory=Counter)
    newest_headers: dict[str, str] = field(default_factory=dict)
    ended: threading.Event = field(default_factory=threading.Event)


class Request(BaseHTTPRequestHandler):
    """One request, answered as the host says."""

    world: WebHost

    @property
    def query(self) -> str:
        return self.path.partition("?")[2]

    def do_GET(self) -> None:
        self.world.asked[self.path] += 1
        self.world.newest_headers = dict(self.headers.items())
        answer = self.world.answers.get(self.path.partition("?")[0])
        if answer is None:
            self.send(404, b"no such file")
        elif isinstance(answer, bytes):
            self.send(200, answer)
        else:
            answer(self)

    def send(self, status: int, body: bytes = b"", **headers: str) -> None:
        """Names of headers with `_` for `-`."""
        self.send_response(status)
        for name, value in ({"Content_Length": str(len(body))} | headers).items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(body)

    def handle(self) -> None:
        with suppress(OSError):
            super().handle()

    def log_message(self, *_: object) -> None:
        pass


class _Server(ThreadingHTTPServer):
    """Shakes hands in each connection's own thread."""

    daemon_threads = True
    context: ssl.SSLContext

    def finish_request(self, request, client_address) -> None:
        with suppress(OSError), self.context.wrap_socket(request, server_side=True) as secured:
            super().finish_request(secured, client_address)


@contextmanager
def web_host(certificate: Certificate, answers: Mapping[str, bytes | Callable[[Request], None]]) -> Iterator[WebHost]:
    """A host that holds files, while the block runs."""
    world = WebHost(answers=answers)
    with _Server(("127.0.0.1", 0), type("RequestOfHost", (Request,), {"world": world})) as server:
        server.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.context.load_cert_chain(certificate.chain, certificate.key)
        world.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield world
        finally:
            world.ended.set()
            server.shutdown()
            thread.join()
