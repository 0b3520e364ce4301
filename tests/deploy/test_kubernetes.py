"""`deploy/k8s` asks of a cluster what it should, as far as that can be seen without one."""

import base64
import copy
import re
import shutil
from collections.abc import Callable
from functools import cache

import pytest
import yaml

from castlist.rights import PRINCIPALS
from cli.secrets_folder import Owners, write_secrets
from tests.deploy.manifest_faults import SERVICES, faults, setting_names
from tests.deploy.manifests import KUBERNETES, Manifest, base, env_file, render, rendered
from tests.deploy.reachability import may_connect

REPOSITORY = KUBERNETES.parent.parent
SETS = ("base", "cpu", "gpu")


@cache
def _read(name: str) -> list[Manifest]:
    return base() if name == "base" else rendered(name)


def manifests(name: str) -> list[Manifest]:
    return copy.deepcopy(_read(name))


def find(items: list[Manifest], kind: str, name: str) -> Manifest:
    return next(item for item in items if (item["kind"], item["metadata"]["name"]) == (kind, name))


@pytest.mark.parametrize("name", SETS)
def test_nothing_is_wrong(name):
    assert faults(manifests(name)) == []


@pytest.mark.parametrize("name", SETS)
def test_every_setting_is_one_that_castlist_reads(name):
    code = "\n".join(path.read_text() for folder in ("castlist", "services") for path in (REPOSITORY / folder).rglob("*.py"))
    known = set(re.findall(r"CASTLIST_[A-Z0-9_]+", code))
    assert setting_names(manifests(name)) - known == set()


def test_the_store_is_said_in_one_place():
    settings = env_file(KUBERNETES / "site" / "settings.env")
    _, port = settings["CASTLIST_S3_ENDPOINT"].split(":")
    policy = find(manifests("cpu"), "NetworkPolicy", "to-object-store")
    assert policy["spec"]["egress"][0]["ports"] == [{"protocol": "TCP", "port": int(port)}]


def test_images_come_from_the_site():
    images = [
        container["image"]
        for item in manifests("cpu")
        if item["kind"] in ("Deployment", "StatefulSet", "Job")
        for container in item["spec"]["template"]["spec"]["containers"]
    ]
    assert sorted(images) == sorted(
        [
            *(f"registry.example.com/castlist-{service}:0.1.0" for service in (*SERVICES, "client", "client")),
            "nats:2.15.1-alpine",
            "natsio/prometheus-nats-exporter:0.19.1",
        ]
    )


def test_the_gpu_overlay_changes_detector_and_reid_only():
    before, after = manifests("cpu"), manifests("gpu")
    changed = {(old["kind"], old["metadata"]["name"]) for old, new in zip(before, after, strict=True) if old != new}
    assert changed == {(kind, name) for kind in ("Deployment", "ScaledObject") for name in ("detector", "reid")}
    for name in ("detector", "reid"):
        pod = find(after, "Deployment", name)["spec"]["template"]["spec"]
        assert pod["containers"][0]["resources"]["limits"]["nvidia.com/gpu"] == "1"
        assert pod["nodeSelector"] == {"nvidia.com/gpu.present": "true"}
        assert pod["tolerations"] == [{"key": "nvidia.com/gpu", "operator": "Exists", "effect": "NoSchedule"}]


def test_each_service_gets_its_own_credentials(tmp_path):
    folder = tmp_path / "credentials"
    folder.mkdir()
    shutil.copy(KUBERNETES / "credentials" / "kustomization.yaml", folder)
    write_secrets(folder, own_s3_users=True, addresses={}, owners=Owners())
    made = {item["metadata"]["name"]: item["data"] for item in render(folder)}
    logins = {name: base64.b64decode(data["credentials.env"]).decode() for name, data in made.items() if name != "castlist-nats"}
    assert set(logins) == {f"castlist-{principal}" for principal in PRINCIPALS}
    assert all(f"CASTLIST_NATS_USER={name.removeprefix('castlist-')}\n" in text for name, text in logins.items())
    assert set(made["castlist-nats"]) == {"users.conf", "node-password"}


def test_the_alerts_are_those_of_docker_compose():
    groups = find(manifests("cpu"), "PrometheusRule", "castlist")["spec"]["groups"]
    alerts = yaml.safe_load((REPOSITORY / "deploy" / "observe" / "alerts.yml").read_text())
    assert groups[:-1] == alerts["groups"]
    assert groups[-1]["name"] == "castlist-kubernetes"


ROLES = {"detector": "service", "fetcher": "service", "coordinator": "service", "setup": "setup", "models": "models", "nats": "broker"}


@pytest.mark.parametrize(
    ("source", "target", "port", "allowed"),
    [
        ("detector", "nats", 4222, True),
        ("coordinator", "nats", 4222, True),
        ("setup", "nats", 4222, True),
        ("nats", "nats", 6222, True),
        ("fetcher", "nats", 4222, True),
        ("fetcher", "coordinator", 9100, False),
        ("fetcher", "nats", 8222, False),
        ("models", "nats", 4222, False),  # it talks to the internet
        ("detector", "nats", 8222, False),  # no login there
        ("detector", "nats", 6222, False),  # would make it a node
        ("detector", "coordinator", 9100, False),
        ("nats", "detector", 8081, False),
    ],
)
def test_pods_reach_the_broker_and_nothing_else(source, target, port, allowed):
    def labels(name: str) -> dict[str, str]:
        return {"app.kubernetes.io/name": name, "app.kubernetes.io/part-of": "castlist", "castlist/role": ROLES[name]}

    assert may_connect(manifests("cpu"), labels(source), labels(target), port) is allowed


def test_one_service_and_one_job_have_a_way_out():
    policies = [item["spec"] for item in manifests("cpu") if item["kind"] == "NetworkPolicy" and "Egress" in item["spec"]["policyTypes"]]
    ways = {
        next(iter(policy["podSelector"]["matchLabels"].items())): peer["ipBlock"]
        for policy in policies
        for rule in policy.get("egress", ())
        for peer in rule["to"]
        if peer.get("ipBlock", {}).get("cidr") == "0.0.0.0/0"
    }
    assert ways.keys() == {("castlist/role", "models"), ("app.kubernetes.io/name", "fetcher")}
    for way in ways.values():
        assert {"10.0.0.0/8", "100.64.0.0/10", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"} <= set(way["except"])


Break = Callable[[list[Manifest]], None]


def _container(items: list[Manifest], name: str) -> Manifest:
    return find(items, "Deployment", name)["spec"]["template"]["spec"]["containers"][0]


def _trigger(items: list[Manifest]) -> Manifest:
    return find(items, "ScaledObject", "detector")["spec"]["triggers"][0]["metadata"]


BREAKS: dict[str, tuple[Break, str]] = {
    "a misspelt field": (lambda items: _container(items, "reid").update(resource={}), "resource"),
    "a misspelt field of KEDA": (lambda items: find(items, "ScaledObject", "reid")["spec"].update(minReplicas=0), "minReplicas"),
    "a number where KEDA wants text": (lambda items: _trigger(items).update(lagThreshold=5), "not of type 'string'"),
    "a misspelt field of Prometheus": (lambda items: find(items, "PodMonitor", "nats")["spec"].update(endpoints=[]), "endpoints"),
    "another consumer": (lambda items: _trigger(items).update(consumer="castlist-track"), "other consumers"),
    "another stream": (lambda items: _trigger(items).update(stream="EVENTS"), "another stream"),
    "a balanced address": (
        lambda items: _trigger(items).update(natsServerMonitoringEndpoint="nats.castlist.svc.cluster.local:8222"),
        "no broker's node",
    ),
    "a scaled deployment that is not there": (
        lambda items: find(items, "ScaledObject", "reid")["spec"]["scaleTargetRef"].update(name="embedder"),
        "Deployment embedder",
    ),
    "a budget for nobody": (
        lambda items: find(items, "PodDisruptionBudget", "nats")["spec"]["selector"]["matchLabels"].update(app="x"),
        "selects no pod",
    ),
    "a port that no probe asks": (lambda items: _container(items, "tracker")["ports"][0].update(containerPort=8080), "other ports"),
    "a probe of another service": (
        lambda items: _container(items, "tracker")["livenessProbe"]["grpc"].update(service="readiness"),
        "liveness",
    ),
    "killed too early": (
        lambda items: find(items, "Deployment", "grouper")["spec"]["template"]["spec"].update(terminationGracePeriodSeconds=30),
        "killed while",
    ),
    "root": (
        lambda items: find(items, "Deployment", "reporter")["spec"]["template"]["spec"]["securityContext"].update(runAsNonRoot=False),
        "as root",
    ),
    "a writable root": (lambda items: _container(items, "reporter")["securityContext"].update(readOnlyRootFilesystem=False), "more rights"),
    "no bound on memory": (lambda items: _container(items, "detector")["resources"].pop("limits"), "no bound on memory"),
    "a token": (
        lambda items: find(items, "Deployment", "reid")["spec"]["template"]["spec"].pop("automountServiceAccountToken"),
        "a token of the cluster",
    ),
    "the setup's credentials": (
        lambda items: find(items, "Deployment", "reid")["spec"]["template"]["spec"]["volumes"][1]["secret"].update(
            secretName="castlist-setup"
        ),
        "another one's credentials",
    ),
    "two nodes": (lambda items: find(items, "StatefulSet", "nats")["spec"].update(replicas=2), "not on each of the 2 nodes"),
}


@pytest.mark.parametrize("what", BREAKS)
def test_a_broken_manifest_is_noticed(what):
    items = manifests("cpu")
    break_it, complaint = BREAKS[what]
    break_it(items)
    assert any(complaint in fault for fault in faults(items))
