"""The gRPC health service and its probe, over a real connection."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from castlist.errors import UsageError
from castlist.health import HealthServer, ask, main
from tests.conftest import REPOSITORY
from tests.servers import free_port

ILL = "the object store doesn't answer \u2013 try later\nplease"


@pytest.fixture
def server() -> Iterator[HealthServer]:
    server = HealthServer(free_port(), {"liveness": lambda: "", "readiness": lambda: ILL, "": lambda: ILL}, "127.0.0.1")
    yield server
    server.close()


def test_a_service_is_asked_by_name(server: HealthServer) -> None:
    assert ask("liveness", server.port) == ""
    assert ask("readiness", server.port) == "the object store doesn't answer ? try later please"
    assert ask("", server.port) == ask("readiness", server.port)


def test_any_client_of_the_protocol_gets_its_answer(server: HealthServer) -> None:
    with grpc.insecure_channel(f"127.0.0.1:{server.port}") as channel:
        stub = health_pb2_grpc.HealthStub(channel)
        assert stub.Check(health_pb2.HealthCheckRequest(service="liveness")).status == health_pb2.HealthCheckResponse.SERVING
        assert stub.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.NOT_SERVING
        with pytest.raises(grpc.RpcError) as refused:
            stub.Check(health_pb2.HealthCheckRequest(service="other"))
    assert refused.value.code() is grpc.StatusCode.NOT_FOUND


def test_a_port_that_is_taken_is_named(server: HealthServer) -> None:
    with pytest.raises(UsageError, match=f"CASTLIST_HEALTH_PORT: can't listen on port {server.port}"):
        HealthServer(server.port, {}, "127.0.0.1")


@pytest.mark.parametrize(("arguments", "port"), [([], "8081"), (["health"], "8081"), (["liveness"], ""), (["liveness"], "x")])
def test_wrong_usage_of_the_probe_is_said(arguments: list[str], port: str, capsys) -> None:
    assert main(arguments, {"CASTLIST_HEALTH_PORT": port}) == 2
    assert capsys.readouterr().err != ""


def test_nobody_there_is_said_in_one_line_within_the_time(capsys) -> None:
    started_s = time.monotonic()
    assert main(["liveness"], {"CASTLIST_HEALTH_PORT": str(free_port())}) == 1
    assert time.monotonic() - started_s < 3.5
    assert capsys.readouterr().out.count("\n") == 1


def test_the_probe_is_a_light_process(server: HealthServer) -> None:
    command = [sys.executable, "-X", "importtime", "-m", "castlist.health"]
    environment = os.environ | {"CASTLIST_HEALTH_PORT": str(server.port)}
    alive, ready = (
        subprocess.run([*command, service], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)
        for service in ("liveness", "readiness")
    )
    assert (alive.returncode, alive.stdout) == (0, "liveness: ok\n")
    assert (ready.returncode, ready.stdout) == (1, "readiness: the object store doesn't answer ? try later please\n")
    loaded = {line.rpartition("|")[2].strip().partition(".")[0] for line in alive.stderr.splitlines()}
    assert loaded & {"numpy", "cv2", "minio", "nats", "onnxruntime", "castlist.bootstrap"} == set()
