import ipaddress

import pytest

from castlist.domain.egress import PUBLIC_WEB, Egress, parse_egress
from castlist.errors import UsageError


def test_without_settings_the_public_web_is_fetched_from():
    assert parse_egress({}) == PUBLIC_WEB == parse_egress({"CASTLIST_FETCH_PORTS": " "})
    assert (PUBLIC_WEB.networks, PUBLIC_WEB.ports, PUBLIC_WEB.max_bytes, PUBLIC_WEB.proxy) == ((), (443,), 20_000_000_000, "")


def test_every_setting_is_read():
    egress = parse_egress(
        {
            "CASTLIST_FETCH_NETWORKS": "10.1.0.0/16, fd00::/8",
            "CASTLIST_FETCH_PORTS": "443, 8443",
            "CASTLIST_FETCH_MAX_GB": "0.5",
            "CASTLIST_FETCH_MAX_S": "60",
            "CASTLIST_FETCH_PROXY": "http://user:secret@proxy:3128",
            "CASTLIST_FETCH_CA_FILE": "ca.crt",
        }
    )
    networks = (ipaddress.ip_network("10.1.0.0/16"), ipaddress.ip_network("fd00::/8"))
    assert egress == Egress(networks, (443, 8443), 500_000_000, whole_s=60.0, proxy="http://user:secret@proxy:3128", ca_file="ca.crt")
    assert "secret" not in repr(egress)


def test_all_faults_are_said_at_once_and_a_proxys_password_is_not():
    with pytest.raises(UsageError) as caught:
        parse_egress(
            {
                "CASTLIST_FETCH_NETWORKS": "10.1.0.1/16",
                "CASTLIST_FETCH_PORTS": "443,0",
                "CASTLIST_FETCH_MAX_GB": "nan",
                "CASTLIST_FETCH_MAX_S": "-1",
                "CASTLIST_FETCH_PROXY": "https://user:secret@proxy",
            }
        )
    assert str(caught.value) == (
        "CASTLIST_FETCH_NETWORKS must be networks such as 10.1.0.0/16, separated by commas; "
        "CASTLIST_FETCH_PORTS must be ports from 1 to 65535, separated by commas; "
        "CASTLIST_FETCH_MAX_GB must be a number above 0; CASTLIST_FETCH_MAX_S must be a number above 0; "
        "CASTLIST_FETCH_PROXY must be a proxy such as http://host:port"
    )
