"""What the fetcher may reach and how much it may take, as the operator wishes it."""

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from castlist.errors import UsageError

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


@dataclass(frozen=True, slots=True)
class Egress:
    """Limits of the fetcher.

    `networks` are reached although they are not public; `proxy` (`http://[user:password@]host:port`) resolves names in the fetcher's
    place, so that it, not the fetcher, must keep private addresses out; `ca_file` is an authority beside the system's.
    `connect_s` is for one connection, `answer_s` for a handshake or an answer's head, `silence_s` without a byte, `whole_s` for a
    video with all redirects and tries. A transfer must bring `least_bytes_per_s` on average once it has lasted `answer_s`.
    """

    networks: tuple[Network, ...] = ()
    ports: tuple[int, ...] = (443,)
    max_bytes: int = 20_000_000_000
    connect_s: float = 10.0
    answer_s: float = 60.0
    silence_s: float = 30.0
    whole_s: float = 3_000.0
    least_bytes_per_s: int = 1_000
    retry_s: float = 2.0
    proxy: str = field(default="", repr=False)
    ca_file: str = ""


PUBLIC_WEB = Egress()


def parse_egress(environ: Mapping[str, str]) -> Egress:
    """From the settings of the fetcher. Raises `UsageError` that lists every fault."""
    found: dict[str, Any] = {}
    faults = []
    for name, (setting, parse, wanted) in _SETTINGS.items():
        text = environ.get(name, "").strip()
        try:
            found |= {setting: parse(text)} if text else {}
        except ValueError:
            faults.append(f"{name} must be {wanted}")
    if faults:
        raise UsageError("; ".join(faults))
    return replace(PUBLIC_WEB, **found)


def _networks(text: str) -> tuple[Network, ...]:
    return tuple(ipaddress.ip_network(part.strip()) for part in text.split(","))


def _ports(text: str) -> tuple[int, ...]:
    ports = tuple(int(part) for part in text.split(","))
    if not all(0 < port < 1 << 16 for port in ports):
        raise ValueError(text)
    return ports


def _above_0(text: str) -> float:
    number = float(text)
    if not 0 < number < float("inf"):
        raise ValueError(text)
    return number


def _proxy(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme != "http" or not parts.hostname or parts.port is None:
        raise ValueError(text)
    return text


_SETTINGS: Mapping[str, tuple[str, Callable[[str], object], str]] = {
    "CASTLIST_FETCH_NETWORKS": ("networks", _networks, "networks such as 10.1.0.0/16, separated by commas"),
    "CASTLIST_FETCH_PORTS": ("ports", _ports, "ports from 1 to 65535, separated by commas"),
    "CASTLIST_FETCH_MAX_GB": ("max_bytes", lambda text: int(_above_0(text) * 1e9), "a number above 0"),
    "CASTLIST_FETCH_MAX_S": ("whole_s", _above_0, "a number above 0"),
    "CASTLIST_FETCH_PROXY": ("proxy", _proxy, "a proxy such as http://host:port"),
    "CASTLIST_FETCH_CA_FILE": ("ca_file", str, "a file"),
}
