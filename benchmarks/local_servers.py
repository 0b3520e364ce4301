"""A broker and a store for benchmarks, as child processes in a folder that is gone afterwards."""

import asyncio
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.service_processes import Place
from castlist.adapters.minio_store import MinioStore
from castlist.adapters.nats_bus import create_topology
from tests.servers import HOST, NatsServer, free_port, s3_server

_MEMORY = "/dev/shm" if Path("/dev/shm").is_dir() else None


@dataclass(frozen=True, slots=True)
class Servers:
    """Where they are, and the broker's process."""

    place: Place
    nats_pid: int


@contextmanager
def servers(*, with_s3: bool = True) -> Iterator[Servers]:
    """A broker that syncs every message, as `deploy/nats/nats.conf` has it, and a store; both empty, streams and bucket made.

    Without S3 objects lie in a folder.
    """
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="castlist-benchmark-")))
        nats = _broker(folder)
        stack.callback(nats.kill)
        nats.start()
        assert nats.process is not None
        s3 = stack.enter_context(s3_server(folder / "s3")) if with_s3 else None
        objects = folder if s3 else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="castlist-objects-", dir=_MEMORY)))
        place = Place(nats.url, objects, (s3.endpoint, s3.access_key, s3.secret_key) if s3 else None)
        store = place.store()
        if isinstance(store, MinioStore):
            store.ensure_bucket()
        asyncio.run(create_topology(nats.url))
        yield Servers(place, nats.process.pid)


def _broker(folder: Path) -> NatsServer:
    config, port = folder / "nats.conf", free_port()
    config.write_text(f'jetstream {{ store_dir: "{folder}/nats", sync_interval: always }}\n')
    command = [str(Path(sys.executable).parent / "nats-server"), "-c", str(config), "-a", HOST, "-p", str(port)]
    return NatsServer(command, folder / "nats.log", url=f"nats://{HOST}:{port}", port=port)
