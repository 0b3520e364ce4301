"""Health by gRPC (`grpc.health.v1`), and the probe for it: `python -m castlist.health liveness|readiness`.

The service names are `liveness`, `readiness`, and the empty name, which means readiness. The reason for what is not
serving stands in the answer's trailing metadata. `Watch` is not offered: orchestrators poll `Check`.
"""

import os
import sys
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from castlist.errors import UsageError

LIVENESS, READINESS = "liveness", "readiness"
PORT_VARIABLE = "CASTLIST_HEALTH_PORT"
PROBE_TIMEOUT_S = 3.0

_REASON = "castlist-reason"
_LONGEST_REASON = 500

Fault = Callable[[], str]
"""What is wrong, empty if nothing is. Called from the server's threads; must not wait for anything."""


class HealthServer:
    """Answers probes in threads of its own, so that it can tell when the event loop stands still."""

    def __init__(self, port: int, faults: Mapping[str, Fault], host: str = "0.0.0.0") -> None:  # noqa: S104  probes come from outside the container
        """Listen. `faults` maps service names to what is wrong with them. Raises `UsageError` if the port is taken."""
        self._server = grpc.server(ThreadPoolExecutor(2, "castlist-health"), options=[("grpc.so_reuseport", 0)])
        health_pb2_grpc.add_HealthServicer_to_server(_Servicer(faults), self._server)
        try:
            self.port = self._server.add_insecure_port(f"{host}:{port}")
        except RuntimeError as error:
            raise UsageError(f"{PORT_VARIABLE}: can't listen on port {port}: {error}; choose a free one") from error
        self._server.start()

    def close(self) -> None:
        self._server.stop(None)


class _Servicer(health_pb2_grpc.HealthServicer):  # type: ignore[misc]  # has no types
    """The protocol's server side."""

    def __init__(self, faults: Mapping[str, Fault]) -> None:
        self._faults = faults

    def Check(self, request: health_pb2.HealthCheckRequest, context: grpc.ServicerContext) -> Any:  # noqa: N802
        """Answer a poll."""
        fault = self._faults.get(request.service)
        if fault is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"no health service {request.service!r}")
            raise AssertionError  # abort raises
        reason = fault()
        if not reason:
            return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.SERVING)
        context.set_trailing_metadata(((_REASON, reason.encode("ascii", "replace").decode()[:_LONGEST_REASON].replace("\n", " ")),))
        return health_pb2.HealthCheckResponse(status=health_pb2.HealthCheckResponse.NOT_SERVING)


def ask(service: str, port: int, timeout_s: float = PROBE_TIMEOUT_S) -> str:
    """What is wrong with the service that listens on a port of this machine, empty if nothing is."""
    with grpc.insecure_channel(f"127.0.0.1:{port}", options=[("grpc.enable_http_proxy", 0)]) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        try:
            answer, call = check.with_call(health_pb2.HealthCheckRequest(service=service), timeout=timeout_s)
        except grpc.RpcError as error:
            return f"no answer on port {port} ({error.code().name}): {error.details()}"
    if answer.status == health_pb2.HealthCheckResponse.SERVING:
        return ""
    return str(dict(call.trailing_metadata()).get(_REASON, "not serving"))


def main(arguments: Sequence[str], environ: Mapping[str, str] = os.environ) -> int:
    """The probe: 0 if all is well, 1 if not, with one line that says why."""
    if len(arguments) != 1 or arguments[0] not in (LIVENESS, READINESS):
        print(f"usage: python -m castlist.health {LIVENESS}|{READINESS}", file=sys.stderr)
        return 2
    port = environ.get(PORT_VARIABLE, "")
    if not port.isdecimal():
        print(f"{PORT_VARIABLE} must be the port of the service to ask, not {port!r}", file=sys.stderr)
        return 2
    reason = ask(arguments[0], int(port))
    print(f"{arguments[0]}: {reason or 'ok'}")
    return 1 if reason else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
