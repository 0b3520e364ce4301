"""Environment -> adapters. Used by entry points only; decides nothing about a job."""

import asyncio
import logging
import math
import os
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from castlist.adapters.minio_store import STORE_TIMEOUTS_S, MinioStore
from castlist.adapters.nats_bus import NatsBus, NatsCredentials, create_topology
from castlist.credentials import with_credentials
from castlist.domain.decoding import DecodingLimits
from castlist.domain.devices import CPU_ALONE, Devices, parse_devices
from castlist.domain.egress import PUBLIC_WEB, Egress, parse_egress
from castlist.errors import UsageError
from castlist.manifest import ModelLibrary
from castlist.measures import UNMEASURED, Measures
from castlist.traces import UNTRACED, Tracer
from castlist.worker.failpoints import Failpoint, parse_failpoint

log = logging.getLogger("castlist")

CLIENT_CREDENTIALS = Path("secrets") / "client.env"
"""Where the command line looks for credentials when no file of them is named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """All that the environment says. `ack_wait_s` must be the same for `castlist setup` and every worker.

    `stream_replicas` is for `castlist setup`: how many brokers of a cluster hold each message.
    """

    nats_url: str
    nats_credentials: NatsCredentials
    s3_endpoint: str
    s3_access_key: str
    s3_secret_key: str = field(repr=False)
    s3_bucket: str
    s3_secure: bool
    tls_ca_file: Path | None
    ack_wait_s: float
    sweep_s: float
    retention_days: float
    tombstone_s: float
    stream_replicas: int
    slots: int
    local_copies_bytes: int
    scratch_folder: Path | None
    devices: Devices
    decoding: DecodingLimits
    egress: Egress
    models_folder: Path | None
    cache_folder: Path
    failpoint: Failpoint
    log_level: str
    stop_grace_s: float
    health_port: int | None
    metrics_port: int | None
    traces: bool


def client_environment() -> Environment:
    """The command line's settings: those of services, and below them the client's credentials in the current folder."""
    return read_environment(default_credentials=CLIENT_CREDENTIALS)


def read_environment(environ: Mapping[str, str] = os.environ, default_credentials: Path | None = None) -> Environment:
    """Settings from `CASTLIST_*`, and from the file that `CASTLIST_CREDENTIALS` names. Raises `UsageError` that lists every fault."""
    environ = with_credentials(environ, default_credentials)
    faults: list[str] = []

    number = partial(_number, environ, faults)
    models = environ.get("CASTLIST_MODELS")
    ca_file = _file("CASTLIST_TLS_CA_FILE", environ, faults)
    nats_url = environ.get("CASTLIST_NATS_URL", "nats://127.0.0.1:4222")
    environment = Environment(
        nats_url=nats_url,
        nats_credentials=_nats_credentials(environ, ca_file if "tls://" in nats_url else None, faults),
        s3_endpoint=environ.get("CASTLIST_S3_ENDPOINT", "127.0.0.1:9000"),
        s3_access_key=environ.get("CASTLIST_S3_ACCESS_KEY", ""),
        s3_secret_key=environ.get("CASTLIST_S3_SECRET_KEY", ""),
        s3_bucket=environ.get("CASTLIST_S3_BUCKET", "castlist"),
        s3_secure=environ.get("CASTLIST_S3_SECURE", "0") in ("1", "true", "yes"),
        tls_ca_file=ca_file,
        ack_wait_s=number("CASTLIST_ACK_WAIT_S", 60.0),
        sweep_s=number("CASTLIST_SWEEP_S", 30.0),
        retention_days=number("CASTLIST_RETENTION_DAYS", 0.0),
        tombstone_s=number("CASTLIST_TOMBSTONE_S", 3_600.0),
        stream_replicas=int(number("CASTLIST_STREAM_REPLICAS", 1)),
        slots=int(number("CASTLIST_SLOTS", 1)),
        local_copies_bytes=int(number("CASTLIST_LOCAL_COPIES_GB", 20.0) * 1e9),
        scratch_folder=_folder("CASTLIST_SCRATCH", environ, faults),
        devices=_devices(environ, faults),
        decoding=_decoding(number),
        egress=_egress(environ, faults),
        models_folder=Path(models) if models else None,
        cache_folder=cache_folder(environ),
        failpoint=_failpoint(environ, faults),
        log_level=environ.get("CASTLIST_LOG_LEVEL", "INFO").upper(),
        stop_grace_s=number("CASTLIST_STOP_GRACE_S", 20.0),
        health_port=_port("CASTLIST_HEALTH_PORT", environ, faults),
        metrics_port=_port("CASTLIST_METRICS_PORT", environ, faults),
        traces=bool(environ.get("OTEL_EXPORTER_OTLP_ENDPOINT")),
    )
    if faults:
        raise UsageError("; ".join(faults))
    return environment


def _failpoint(environ: Mapping[str, str], faults: list[str]) -> Failpoint:
    try:
        return parse_failpoint(environ.get("CASTLIST_FAILPOINTS", ""))
    except UsageError as fault:
        faults.append(str(fault))
        return parse_failpoint("")


def _decoding(number: Callable[[str, float], float]) -> DecodingLimits:
    return DecodingLimits(
        memory_mb=int(number("CASTLIST_DECODER_MEMORY_MB", 4096)),
        stall_s=number("CASTLIST_DECODER_STALL_S", 60.0),
        total_s=number("CASTLIST_DECODER_TOTAL_S", 21_600.0),
    )


def _devices(environ: Mapping[str, str], faults: list[str]) -> Devices:
    try:
        return parse_devices(environ.get("CASTLIST_DEVICE", ""), environ.get("CASTLIST_REID_DEVICE", ""))
    except UsageError as fault:
        faults.append(str(fault))
        return CPU_ALONE


def _egress(environ: Mapping[str, str], faults: list[str]) -> Egress:
    _file("CASTLIST_FETCH_CA_FILE", environ, faults)
    try:
        return parse_egress(environ)
    except UsageError as fault:
        faults.append(str(fault))
        return PUBLIC_WEB


def _file(name: str, environ: Mapping[str, str], faults: list[str]) -> Path | None:
    text = environ.get(name)
    if text and not Path(text).is_file():
        faults.append(f"{name}: there is no file {text}")
    return Path(text) if text else None


def _folder(name: str, environ: Mapping[str, str], faults: list[str]) -> Path | None:
    text = environ.get(name)
    if text and not (Path(text).is_dir() and os.access(text, os.W_OK)):
        faults.append(f"{name}: {text} is no folder that can be written to")
    return Path(text) if text else None


def _nats_credentials(environ: Mapping[str, str], ca_file: Path | None, faults: list[str]) -> NatsCredentials:
    user, password = environ.get("CASTLIST_NATS_USER", ""), environ.get("CASTLIST_NATS_PASSWORD", "")
    if bool(user) != bool(password):
        faults.append("CASTLIST_NATS_USER and CASTLIST_NATS_PASSWORD belong together: set both or none")
    return NatsCredentials(user, password, tls_ca_file=ca_file)


def _number(environ: Mapping[str, str], faults: list[str], name: str, default: float) -> float:
    """A setting above 0; 0 only where it is the default, and then switches something off."""
    text = environ.get(name, "")
    try:
        value = float(text or default)
    except ValueError:
        value = math.nan
    if not 0 <= value < math.inf or (value == 0 and default > 0):
        faults.append(f"{name} must be a number above 0{'' if default else ' or 0'}, not {text!r}")
        return default
    return value


def _port(name: str, environ: Mapping[str, str], faults: list[str]) -> int | None:
    text = environ.get(name, "")
    if text and not (text.isdecimal() and 0 < int(text) < 1 << 16):
        faults.append(f"{name} must be a port, 1 to 65535, not {text!r}")
        return None
    return int(text) if text else None


def cache_folder(environ: Mapping[str, str] = os.environ) -> Path:
    """`CASTLIST_CACHE`, else the user's cache folder."""
    base = environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(environ.get("CASTLIST_CACHE") or Path(base) / "castlist")


def connect_store(
    environment: Environment, measures: Measures = UNMEASURED, timeouts_s: tuple[float, float] = STORE_TIMEOUTS_S
) -> MinioStore:
    """The object store. Raises `UsageError` when there are no credentials."""
    if not environment.s3_access_key or not environment.s3_secret_key:
        raise UsageError("the object store's credentials are missing: set CASTLIST_S3_ACCESS_KEY and CASTLIST_S3_SECRET_KEY")
    return MinioStore(
        environment.s3_endpoint,
        environment.s3_access_key,
        environment.s3_secret_key,
        environment.s3_bucket,
        secure=environment.s3_secure,
        ca_file=environment.tls_ca_file,
        measures=measures,
        timeouts_s=timeouts_s,
    )


@asynccontextmanager
async def connected_bus(environment: Environment, measures: Measures = UNMEASURED) -> AsyncIterator[NatsBus]:
    """The broker, disconnected at the end of the block."""
    bus = await NatsBus.connect(environment.nats_url, credentials=environment.nats_credentials, measures=measures)
    try:
        yield bus
    finally:
        await bus.close()


@contextmanager
def traced(environment: Environment, service: str) -> Iterator[Tracer]:
    """Traces, if a receiver is named; what is left is sent at the end of the block."""
    if not environment.traces:
        yield UNTRACED
        return
    try:
        from castlist.adapters.otlp_traces import OtlpTracer  # noqa: PLC0415  optional, and slow to import
    except ImportError:
        log.warning("no traces: OTEL_EXPORTER_OTLP_ENDPOINT is set, but not installed is castlist[tracing]")
        yield UNTRACED
        return
    tracer = OtlpTracer(service)
    try:
        yield tracer
    finally:
        tracer.close()


async def create_streams_and_bucket(environment: Environment) -> None:
    """What an installation does once: streams and consumers on the broker, the bucket in the store. Idempotent."""
    await create_topology(
        environment.nats_url,
        credentials=environment.nats_credentials,
        ack_wait_s=environment.ack_wait_s,
        replicas=environment.stream_replicas,
    )
    await asyncio.to_thread(connect_store(environment).ensure_bucket)


def model_library(environment: Environment) -> ModelLibrary:
    """The weights that this machine has. Services download none."""
    return ModelLibrary(environment.models_folder, environment.cache_folder / "models")
