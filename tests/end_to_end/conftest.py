"""The services as processes of their own, over a real nats-server and a real S3 server, each with its own rights and no more."""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from castlist import topology
from castlist.adapters.nats_bus import NatsBus
from castlist.codec.job_messages import decode_event
from castlist.domain.jobs import TaskDone
from tests.conftest import REPOSITORY, shared_folder
from tests.guarded_servers import GuardedServers, guarded_servers

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"
SHORT_SEGMENTS = {"CASTLIST_SET_PLAN_SEGMENT_S": "5"}
"""Three segments of the clip, so that there is more to share out and to go on with; `run.json` says so, other results are the same."""

ACK_WAIT_S = 5
SERVICES = ("coordinator", "fetcher", "detector", "tracker", "grouper", "reid", "reporter")
REFUSALS = ("refuses this user", "does not let this user", "refused the credentials", "refused access")
"""What services log when they lack a right."""


def models_environment() -> dict[str, str]:
    """Real weights where they are at hand, else what the repository brings."""
    models = shared_folder() / "models"
    return {"CASTLIST_OFFLINE": "1"} | ({"CASTLIST_MODELS": str(models)} if models.is_dir() else {})


def run_cli(*arguments: object, environment: dict[str, str], timeout_s: float = 100) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    return subprocess.run(command, env=environment, capture_output=True, text=True, timeout=timeout_s, check=False, cwd=REPOSITORY)


@dataclass
class Cluster:
    """Service processes, each with its own working directory, that know nothing but addresses and their own credentials."""

    folder: Path
    servers: GuardedServers
    processes: dict[str, list[subprocess.Popen[bytes]]] = field(default_factory=dict)
    settings: dict[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        return {
            "PATH": os.environ["PATH"],
            "HOME": str(self.folder),
            "PYTHONPATH": str(REPOSITORY),
            **self.servers.addresses(),
            "CASTLIST_S3_BUCKET": "castlist",
            "CASTLIST_ACK_WAIT_S": str(ACK_WAIT_S),
            "CASTLIST_SWEEP_S": "5",
            **models_environment(),
            **self.settings,
        }

    def cli(self, *arguments: object) -> subprocess.CompletedProcess[str]:
        return run_cli(*arguments, environment=self.environment | {"CASTLIST_CREDENTIALS": str(self.servers.credentials_file("client"))})

    def setup(self) -> subprocess.CompletedProcess[str]:
        return run_cli("setup", "--secrets", self.servers.secrets, environment=self.environment)

    def start(self, service: str, **extra: str) -> subprocess.Popen[bytes]:
        number = sum(len(group) for group in self.processes.values())
        home = self.folder / f"{service}-{number}"
        home.mkdir()
        environment = self.environment | {"CASTLIST_CREDENTIALS": str(self.servers.credentials_file(service))} | extra
        with (home / "log.jsonl").open("wb") as log:
            process = subprocess.Popen([sys.executable, "-m", f"services.{service}"], cwd=home, env=environment, stdout=log, stderr=log)
        self.processes.setdefault(service, []).append(process)
        return process

    def start_all(self, **replicas: int) -> None:
        for service in SERVICES:
            for _ in range(replicas.get(service, 1)):
                self.start(service)

    def stop_all(self) -> None:
        running = [process for group in self.processes.values() for process in group if process.poll() is None]
        for process in running:
            process.send_signal(signal.SIGTERM)
        for process in running:
            try:
                process.wait(20)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def submit_copy(self, job: str) -> None:
        """Submit a copy of the clip and delete the copy: nothing may depend on it any more."""
        video = self.folder / "campus-clip.mp4"
        shutil.copy(CLIP, video)
        submitted = self.cli("submit", video, "--job", job)
        assert submitted.returncode == 0, submitted.stderr
        video.unlink()

    def fetch(self, job: str) -> Path:
        watched = self.cli("watch", job)
        assert watched.returncode == 0, watched.stderr + self.logs()
        folder = self.folder / f"{job}-results"
        fetched = self.cli("fetch", job, "-o", folder)
        assert fetched.returncode == 0, fetched.stderr
        return folder

    def runs(self, job: str) -> list[TaskDone]:
        async def read() -> list[TaskDone]:
            bus = await NatsBus.connect(self.servers.nats.url, credentials=self.servers.nats_credentials("client"))
            entries = await bus.read(topology.job_events_filter(job))
            await bus.close()
            events = [decode_event(entry.payload, entry.sequence) for entry in entries]
            return [event.fact for event in events if isinstance(event.fact, TaskDone)]

        return asyncio.run(read())

    def logs(self, longest: int = 3000) -> str:
        return "\n".join(f"--- {path.parent.name}\n{path.read_text()[-longest:]}" for path in sorted(self.folder.glob("*/log.jsonl")))


def wait_for(path: Path, timeout_s: float = 60) -> None:
    deadline = time.monotonic() + timeout_s
    while not path.exists():
        assert time.monotonic() < deadline, f"{path} did not appear"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[GuardedServers]:
    with guarded_servers(tmp_path_factory.mktemp("servers")) as servers:
        yield servers


@pytest.fixture
def cluster(servers: GuardedServers, tmp_path: Path) -> Iterator[Cluster]:
    cluster = Cluster(tmp_path, servers)
    ready = cluster.setup()
    assert ready.returncode == 0, ready.stderr
    try:
        yield cluster
        logs = cluster.logs(longest=1 << 30)
        assert [words for words in REFUSALS if words in logs] == [], "nobody lacked a right"
        assert not [secret for secret in servers.secret_values() if secret in logs], "no secret is logged"
    finally:
        cluster.stop_all()


@pytest.fixture(scope="session")
def embedded_results(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What `castlist run` makes of the clip, with no broker and no store."""
    folder = tmp_path_factory.mktemp("embedded") / "results"
    run = run_cli("run", CLIP, "-o", folder, environment=dict(os.environ) | models_environment())
    assert run.returncode == 0, run.stderr
    return folder
