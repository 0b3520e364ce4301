"""`docker compose up` on a clean checkout, a job from the host, replicas, a killed worker, and nothing left at the end.

The tests share one installation and run in this order.
"""

import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from cli.output_folder import compare
from tests.end_to_end.conftest import CLIP
from tests.integration.docker_engine import SERVICES, Compose, docker, inspect

pytestmark = [pytest.mark.containers, pytest.mark.slow, pytest.mark.timeout(900)]

SERVERS = ("nats", "s3")
MAX_MB = {
    "client": 400,
    "coordinator": 400,
    "fetcher": 400,
    "tracker": 400,
    "grouper": 400,
    "reporter": 400,
    "detector": 700,
    "reid": 700,
}
PROMPT_S = 10.0


@pytest.fixture(scope="module")
def stack(compose: Compose) -> Iterator[Compose]:
    """The installation, up and healthy."""
    compose("up", "-d", "--wait", "--wait-timeout", "180")
    try:
        yield compose
    finally:
        compose("down", "--volumes", "--remove-orphans")


def castlist(stack: Compose, *arguments: object) -> str:
    """The command line on the host, in the checkout, which finds its credentials there."""
    command = [sys.executable, "-m", "cli", *map(str, arguments)]
    done = subprocess.run(command, cwd=stack.checkout, env={"PATH": ""}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr + stack("logs", "--tail", "20")
    return done.stdout


def fetched(stack: Compose, job: str, folder: Path) -> Path:
    castlist(stack, "watch", job)
    castlist(stack, "fetch", job, "-o", folder)
    return folder


def in_container(container: str, *command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", "exec", container, *command], capture_output=True, text=True, timeout=30, check=False)


@pytest.mark.parametrize("image", sorted(MAX_MB))
def test_images_are_small(compose: Compose, image: str) -> None:
    assert inspect(compose.image(image))[0]["Size"] / 1e6 < MAX_MB[image]


def test_all_services_are_healthy_and_all_preparations_done(stack: Compose) -> None:
    states = {each["Config"]["Labels"]["com.docker.compose.service"]: each["State"] for each in stack.containers(every=True)}
    assert {name: states[name]["Health"]["Status"] for name in SERVICES} == dict.fromkeys(SERVICES, "healthy")
    assert {name: states[name]["Status"] for name in SERVERS} == dict.fromkeys(SERVERS, "running")
    done = ("prepare", "setup", "models")
    assert {name: (states[name]["Status"], states[name]["ExitCode"]) for name in done} == dict.fromkeys(done, ("exited", 0))


def test_a_video_submitted_on_the_host_gives_the_embedded_bytes(stack: Compose, embedded_results: Path, tmp_path: Path) -> None:
    results = tmp_path / "results"
    shown = castlist(stack, "submit", CLIP, "--job", "from-the-host", "--watch", "-o", results)
    assert shown.splitlines() == ["from-the-host", f"report: {(results / 'person_selection.html').as_uri()}"]
    assert compare(embedded_results, results) == []


def test_a_host_without_python_uses_the_client_image(stack: Compose, tmp_path: Path) -> None:
    (tmp_path / "clip.mp4").write_bytes(CLIP.read_bytes())
    here = Compose(stack.checkout, stack.project, {**stack.settings, "WORK": str(tmp_path)}, stack.overlays)
    owner = stack.checkout.stat()
    run = ("run", "--rm", "--user", f"{owner.st_uid}:{owner.st_gid}", "castlist")
    shown = here(*run, "submit", "clip.mp4", "--job", "in-a-container", "--watch").splitlines()
    report = tmp_path / "in-a-container" / "person_selection.html"
    assert (shown, report.is_file()) == (["in-a-container", f"report: {report.as_uri()}"], True)


def test_nothing_runs_as_root_or_writes_to_its_root(stack: Compose) -> None:
    for container in stack.containers(*SERVICES, *SERVERS):
        host = container["HostConfig"]
        assert container["Config"]["User"] == "10001:10001"
        assert (host["ReadonlyRootfs"], host["CapDrop"], host["CapAdd"]) == (True, ["ALL"], None)
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert host["Memory"] > 0
        assert host["PidsLimit"] > 0
    detector = stack.containers("detector")[0]["Id"]
    assert in_container(detector, "id", "-u").stdout == "10001\n"
    assert "Read-only file system" in in_container(detector, "touch", "/app/new").stderr
    assert in_container(detector, "touch", "/tmp/new", "/scratch/new").returncode == 0


def test_only_the_two_servers_are_published_and_only_here(stack: Compose) -> None:
    published = {
        each["Config"]["Labels"]["com.docker.compose.service"]: {
            port: [(bound["HostIp"], bound["HostPort"]) for bound in bounds]
            for port, bounds in each["NetworkSettings"]["Ports"].items()
            if bounds
        }
        for each in stack.containers()
    }
    settings = stack.settings
    assert {name: ports for name, ports in published.items() if ports} == {
        "nats": {"4222/tcp": [("127.0.0.1", settings["NATS_PORT"])]},
        "s3": {"9000/tcp": [("127.0.0.1", settings["S3_PORT"])]},
    }
    inside = (name for name in SERVICES if name != "fetcher")
    networks = {name for each in stack.containers(*inside) for name in each["NetworkSettings"]["Networks"]}
    assert [inspect(name)[0]["Internal"] for name in networks] == [True]


def test_the_fetcher_alone_has_a_way_out_and_none_into_this_machine(stack: Compose) -> None:
    (fetcher,) = stack.containers("fetcher")
    ways = {name: inspect(name)[0]["Internal"] for name in fetcher["NetworkSettings"]["Networks"]}
    assert sorted(ways.values()) == [False, True]
    command = [sys.executable, "-m", "cli", "submit", "https://nats/video.mp4", "--job", "inwards", "--watch"]
    done = subprocess.run(command, cwd=stack.checkout, env={"PATH": ""}, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3
    assert "nats is at an address that is" in done.stderr


def test_a_service_sees_its_own_credentials_only(stack: Compose) -> None:
    detector = stack.containers("detector")[0]["Id"]
    assert in_container(detector, "ls", "-A", "/run/castlist").stdout == "credentials.env\n"
    assert "CASTLIST_NATS_USER=detector" in in_container(detector, "cat", "/run/castlist/credentials.env").stdout
    assert (stack.checkout / "secrets" / "client.env").stat().st_uid == (stack.checkout / "secrets").stat().st_uid


def test_logs_are_json_with_job_and_stage(stack: Compose) -> None:
    lines = stack("logs", "--no-log-prefix", "--no-color", *SERVICES).splitlines()
    entries = [json.loads(line) for line in lines]
    done = {entry["stage"] for entry in entries if entry.get("job_id") == "from-the-host" and entry["message"] == "task done"}
    assert done == {"plan", "detect", "track", "pick", "embed", "group", "compare", "cast", "report"}


def test_replicas_share_the_work_and_one_may_be_killed(stack: Compose, embedded_results: Path, tmp_path: Path) -> None:
    stack("up", "-d", "--wait", "--no-recreate", "--scale", "reid=4", "--scale", "detector=3")
    assert (len(stack.containers("reid")), len(stack.containers("detector"))) == (4, 3)
    castlist(stack, "submit", CLIP, "--job", "shared")
    docker("kill", stack.containers("detector")[0]["Id"])
    assert compare(embedded_results, fetched(stack, "shared", tmp_path / "results")) == []
    assert len(stack.containers("detector")) == 2


def test_services_stop_promptly(stack: Compose) -> None:
    started_s = time.monotonic()
    stack("stop", *SERVICES)
    assert time.monotonic() - started_s < PROMPT_S
    ended = [each["State"]["ExitCode"] for each in stack.containers(*SERVICES, every=True)]
    assert sorted(ended) == [0] * (len(SERVICES) + 3 + 1) + [137], "all but the one that was killed left of their own accord"


def test_what_was_stored_outlives_the_containers(stack: Compose, embedded_results: Path, tmp_path: Path) -> None:
    stack("down")
    stack("up", "-d", "--wait", "nats", "s3", "setup")
    assert compare(embedded_results, fetched(stack, "from-the-host", tmp_path / "results")) == []


def test_down_with_volumes_leaves_nothing(stack: Compose) -> None:
    ids = [each["Id"] for each in stack.containers(every=True)]
    stack("down", "--volumes")
    assert stack.left_over() == {}
    commands = [" ".join(process.info["cmdline"] or ()) for process in psutil.process_iter(["cmdline"])]
    assert [command for command in commands if any(each in command for each in ids)] == []
