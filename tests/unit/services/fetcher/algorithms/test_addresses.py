import ipaddress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.fetcher.algorithms.addresses import refusal


@pytest.mark.parametrize(
    "address",
    ["1.1.1.1", "93.184.215.14", "172.32.0.1", "100.128.0.1", "2606:4700::1111", "::ffff:1.1.1.1", "64:ff9b::101:101", "2002:101:101::1"],
)
def test_public_addresses_are_reached(address):
    assert refusal(address) is None


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("10.0.0.1", "private"),
        ("172.16.5.4", "private"),
        ("192.168.1.1", "private"),
        ("fd00:ec2::254", "private"),  # where a cloud's machine is told its keys
        ("fec0::1", "private"),
        ("127.0.0.1", "loopback"),
        ("127.255.255.254", "loopback"),
        ("::1", "loopback"),
        ("169.254.169.254", "link-local"),  # likewise
        ("fe80::1", "link-local"),
        ("fe80::1%eth0", "link-local"),
        ("0.0.0.0", "unspecified"),
        ("::", "unspecified"),
        ("100.64.0.1", "shared by a provider's customers"),
        ("100.100.100.200", "shared by a provider's customers"),
        ("168.63.129.16", "a cloud's own"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("203.0.113.7", "kept for documentation"),
        ("2001:db8::1", "kept for documentation"),
        ("198.18.0.1", "kept for measurements"),
        ("192.0.0.192", "kept for protocols"),
        ("2001:0:1::1", "kept for protocols"),  # Teredo
        ("240.0.0.1", "reserved"),
        ("255.255.255.255", "reserved"),
        ("::ffff:10.0.0.1", "private"),
        ("::ffff:169.254.169.254", "link-local"),
        ("64:ff9b::a9fe:a9fe", "link-local"),
        ("64:ff9b::7f00:1", "loopback"),
        ("64:ff9b:1::1", "not public"),
        ("2002:7f00:1::1", "loopback"),
        ("2002:c0a8:101::1", "private"),
        ("::7f00:1", "not public"),  # IPv4-compatible
        ("4000::1", "not public"),
        ("5f00::1", "not public"),
        ("host.example", "unreadable"),
        ("", "unreadable"),
    ],
)
def test_every_other_kind_is_refused_by_name(address, kind):
    assert refusal(address) == kind


def test_the_operator_may_allow_networks_of_any_kind():
    allowed = [ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("::1/128")]
    assert [refusal(text, allowed) for text in ("10.1.2.3", "::ffff:10.1.2.3", "::1", "10.2.0.1", "127.0.0.1")] == [
        None,
        None,
        None,
        "private",
        "loopback",
    ]


@given(st.ip_addresses(v=4))
def test_what_the_registry_calls_special_is_never_reached(address):
    if not address.is_global or address.is_multicast or address.is_reserved:
        assert refusal(str(address)) is not None


@given(st.ip_addresses(v=4))
def test_an_address_is_judged_alike_in_all_its_forms(address):
    number = int(address)
    forms = (
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x0064_FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    )
    assert {refusal(str(form)) for form in forms} == {refusal(str(address))}
