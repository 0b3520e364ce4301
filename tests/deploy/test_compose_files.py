"""docker-compose.yml and its overlays: all is confined, nothing is secret, everything named is there."""

import hashlib
from typing import Any

import pytest

from castlist.adapters.nats_users import format_users
from castlist.rights import PRINCIPALS
from tests.conftest import REPOSITORY
from tests.deploy.compose_files import composed

ROOT_FOR_PREPARATION = {"prepare"}
OVERLAYS = [(), ("docker-compose.observe.yml",), ("docker-compose.gpu.yml",), ("docker-compose.tls.yml",)]


def services(*overlays: str) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = composed(*overlays)["services"]
    return found


@pytest.mark.parametrize("overlays", OVERLAYS, ids=str)
def test_every_container_is_confined(overlays: tuple[str, ...]):
    for name, service in services(*overlays).items():
        assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"]), name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert "cap_add" not in service or name in ROOT_FOR_PREPARATION, name
        assert service.get("user", "10001:10001") != "0:0" or name in ROOT_FOR_PREPARATION, name
        assert int(service["mem_limit"]) > 0, name
        assert service["pids_limit"] > 0, name
        assert service["logging"]["options"]["max-size"] == "10m", name
        assert "container_name" not in service, name
        assert not service.get("privileged"), name


def test_no_service_of_castlist_but_the_fetcher_has_a_way_out():
    config = composed()
    assert config["networks"]["inside"]["internal"] is True
    outside = {name for name, service in config["services"].items() if "outside" in service.get("networks", {})}
    assert outside == {"nats", "s3", "models"}
    assert {name for name, service in config["services"].items() if "web" in service.get("networks", {})} == {"fetcher"}
    assert config["services"]["prepare"]["network_mode"] == "none"


def test_no_password_stands_in_the_files():
    for overlays in OVERLAYS:
        for name, service in services(*overlays).items():
            named = {key for key in service.get("environment", {}) if any(word in key for word in ("PASSWORD", "SECRET", "TOKEN", "_KEY"))}
            assert named == set(), name
    assert (REPOSITORY / "secrets" / ".gitignore").read_text() == "*\n!.gitignore\n"


def test_each_service_mounts_its_own_secrets_alone():
    for name, service in composed()["services"].items():
        mounted = {mount["source"].rpartition("/secrets")[2] for mount in service.get("volumes", ()) if "/secrets" in mount["source"]}
        assert mounted <= {f"/{name}"} or name in {"prepare", "setup", "castlist"}, name


def test_the_broker_is_started_anew_when_rights_change():
    table = format_users(dict.fromkeys(PRINCIPALS, ""))
    assert services()["nats"]["labels"] == {"castlist.rights": hashlib.sha256(table.encode()).hexdigest()[:12]}


def test_with_tls_nobody_speaks_without_it():
    plain, secure = services(), services("docker-compose.tls.yml")
    for name in (name for name, service in plain.items() if "CASTLIST_NATS_URL" in service.get("environment", {})):
        environment = secure[name]["environment"]
        assert (environment["CASTLIST_NATS_URL"], environment["CASTLIST_S3_SECURE"]) == ("tls://nats:4222", "1"), name
        assert environment["CASTLIST_TLS_CA_FILE"] in {mount["target"] for mount in secure[name]["volumes"]}, name
    assert (
        secure["prepare"]["command"][0].replace("tls://", "nats://").replace(" --tls-ca tls/ca.crt", "") == plain["prepare"]["command"][0]
    )


def test_every_lock_that_an_image_names_is_there():
    for overlays in OVERLAYS:
        for service in services(*overlays).values():
            arguments = service.get("build", {}).get("args", {})
            lock = arguments.get("LOCK") or arguments.get("SERVICE") or "client"
            assert (REPOSITORY / "requirements" / f"{lock}.txt").is_file()


def test_a_gpu_is_reserved_for_what_runs_networks_and_only_there():
    with_gpu, plain = services("docker-compose.gpu.yml"), services()
    reserved = {
        name: service["deploy"]["resources"]["reservations"]["devices"] for name, service in with_gpu.items() if "deploy" in service
    }
    assert reserved.keys() == {"detector", "reid"}
    for name, devices in reserved.items():
        assert devices == [{"driver": "nvidia", "count": 1, "capabilities": ["gpu"]}]
        assert with_gpu[name]["build"]["args"]["LOCK"] == f"{name}-gpu"
        assert with_gpu[name]["build"]["args"]["SERVICE"] == name
        assert with_gpu[name]["environment"]["CASTLIST_DEVICE"] == "auto"
        assert with_gpu[name]["image"] != plain[name]["image"]
    assert {name for name in plain if plain[name] != with_gpu[name]} == reserved.keys()
