"""Which IP addresses a video may be fetched from: public ones alone."""

import ipaddress
from collections.abc import Iterable

from castlist.domain.egress import Network

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_KINDS = {
    "private": ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7", "fec0::/10"),
    "loopback": ("127.0.0.0/8", "::1/128"),
    "link-local": ("169.254.0.0/16", "fe80::/10"),
    "unspecified": ("0.0.0.0/8", "::/128"),
    "shared by a provider's customers": ("100.64.0.0/10",),
    "a cloud's own": ("168.63.129.16/32",),
    "multicast": ("224.0.0.0/4", "ff00::/8"),
    "kept for documentation": ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32", "3fff::/20"),
    "kept for measurements": ("198.18.0.0/15",),
    "kept for protocols": ("192.0.0.0/24", "192.88.99.0/24", "2001::/23"),
    "reserved": ("240.0.0.0/4",),
}
"""IANA's registries of special-purpose addresses (RFC 6890 and its successors), and what clouds answer on besides."""

_REFUSED = [(ipaddress.ip_network(text), kind) for kind, texts in _KINDS.items() for text in texts]
_ASSIGNED_V6 = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


def refusal(text: str, allowed: Iterable[Network] = ()) -> str | None:
    """Of what kind an address is that nothing may be fetched from, None for one that may be reached.

    An IPv6 address that stands for an IPv4 address (mapped, 6to4, NAT64) is judged as that one. `allowed` networks may be reached
    whatever they are.
    """
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return "unreadable"
    inner = _stands_for(address)
    if any(address in network or inner in network for network in allowed):
        return None
    kind = next((kind for network, kind in _REFUSED if inner in network), None)
    return kind or (None if _is_public(inner) else "not public")


def _stands_for(address: Address) -> Address:
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address in _NAT64:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


def _is_public(address: Address) -> bool:
    assigned = address.version == 4 or address in _ASSIGNED_V6
    return assigned and address.is_global and not (address.is_multicast or address.is_reserved)
