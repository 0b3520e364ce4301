"""What is wrong with a set of manifests: unknown fields, names that lead nowhere, pods with more rights than they need."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema
import kubernetes_validate
import yaml

from castlist import topology
from castlist.rights import COORDINATOR, STAGES_OF
from tests.deploy.manifests import KUBERNETES, Manifest, pod_template
from tests.deploy.reachability import selects

OLDEST_KUBERNETES, NEWEST_KUBERNETES = "1.30", "1.37"
SCHEMAS = {"ScaledObject": "scaledobject.json", "PodMonitor": "podmonitor.json", "PrometheusRule": "prometheusrule.json"}
NAMESPACE = "castlist"
SERVICES = (COORDINATOR, *STAGES_OF)
PORTS = {"health": 8081, "metrics": 9100}
HAND_BACK_S = 10
"""Between the end of the grace and the kill: tasks are handed back, connections closed."""


def faults(manifests: list[Manifest]) -> list[str]:
    """All that is wrong."""
    checks = (_schema_faults, _reference_faults, _selector_faults, _pod_faults, _service_faults, _scaling_faults, _broker_faults)
    return [fault for check in checks for fault in check(manifests)]


def named(item: Manifest) -> str:
    return f"{item['kind']} {item['metadata']['name']}"


def _schema_faults(manifests: list[Manifest]) -> Iterator[str]:
    for item in manifests:
        if item["kind"] in SCHEMAS:
            schema = json.loads((KUBERNETES / "schemas" / SCHEMAS[item["kind"]]).read_text())
            yield from (f"{named(item)}: {error.message}" for error in jsonschema.Draft202012Validator(schema).iter_errors(item))
        else:
            yield from (f"{named(item)} {fault}" for fault in _core_faults(json.dumps(item)))


@cache
def _core_faults(text: str) -> tuple[str, ...]:
    """Faults of an object that Kubernetes itself knows; remembered, since most objects stay the same from test to test."""
    found = []
    for version in (OLDEST_KUBERNETES, NEWEST_KUBERNETES):
        try:
            kubernetes_validate.validate(json.loads(text), version, strict=True)
        except (kubernetes_validate.ValidationError, kubernetes_validate.SchemaNotFoundError) as error:
            found.append(f"on Kubernetes {version}: {error}")
    return tuple(found)


def _reference_faults(manifests: list[Manifest]) -> Iterator[str]:
    there = {(item["kind"], item["metadata"]["name"]) for item in manifests} | {("Secret", name) for name in secrets()}
    for item in manifests:
        for kind, name in _references(item):
            if (kind, name) not in there:
                yield f"{named(item)} needs {kind} {name}, which nobody makes"
        if item["kind"] not in ("Namespace", "PriorityClass") and item["metadata"].get("namespace") != NAMESPACE:
            yield f"{named(item)} is in no namespace of ours"


def secrets() -> list[str]:
    """Secrets that `deploy/k8s/credentials` makes."""
    return [entry["name"] for entry in yaml.safe_load((KUBERNETES / "credentials" / "kustomization.yaml").read_text())["secretGenerator"]]


def _references(item: Manifest) -> Iterator[tuple[str, str]]:
    template = pod_template(item)
    if template is None:
        if item["kind"] == "ScaledObject":
            yield "Deployment", item["spec"]["scaleTargetRef"]["name"]
        return
    pod = template["spec"]
    yield "ServiceAccount", pod["serviceAccountName"]
    if "priorityClassName" in pod:
        yield "PriorityClass", pod["priorityClassName"]
    if "serviceName" in item["spec"]:
        yield "Service", item["spec"]["serviceName"]
    for container in pod["containers"]:
        yield from (("ConfigMap", source["configMapRef"]["name"]) for source in container.get("envFrom", ()))
    for volume in pod.get("volumes", ()):
        if "configMap" in volume:
            yield "ConfigMap", volume["configMap"]["name"]
        if "secret" in volume:
            yield "Secret", volume["secret"]["secretName"]
        yield from (("Secret", source["secret"]["name"]) for source in volume.get("projected", {}).get("sources", ()))
        if "persistentVolumeClaim" in volume:
            yield "PersistentVolumeClaim", volume["persistentVolumeClaim"]["claimName"]


def _selector_faults(manifests: list[Manifest]) -> Iterator[str]:
    pods = [template["metadata"]["labels"] for item in manifests if (template := pod_template(item))]
    for item in manifests:
        for selector in _selectors(item):
            if not any(selects(selector, labels) for labels in pods):
                yield f"{named(item)} selects no pod: {selector}"


def _selectors(item: Manifest) -> Iterator[Manifest]:
    spec = item.get("spec", {})
    if item["kind"] == "Service":
        yield {"matchLabels": spec["selector"]}
    elif item["kind"] in ("Deployment", "StatefulSet", "PodDisruptionBudget", "PodMonitor"):
        yield spec["selector"]
    elif item["kind"] == "NetworkPolicy":
        yield spec["podSelector"]
        peers = [peer for rule in spec.get("ingress", []) for peer in rule["from"]] + [
            p for rule in spec.get("egress", []) for p in rule["to"]
        ]
        yield from (peer["podSelector"] for peer in peers if "podSelector" in peer and "namespaceSelector" not in peer)


def _pod_faults(manifests: list[Manifest]) -> Iterator[str]:
    """Kubernetes' own level "restricted", and a read-only root, no token, no latest image, bounded memory."""
    for item in manifests:
        template = pod_template(item)
        if template is None:
            continue
        pod = template["spec"]
        wanted = {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}}
        if not wanted.items() <= pod.get("securityContext", {}).items() or pod["securityContext"].get("runAsUser", 0) == 0:
            yield f"{named(item)} may run as root or without seccomp"
        if pod.get("automountServiceAccountToken") is not False:
            yield f"{named(item)} has a token of the cluster"
        for container in pod["containers"]:
            yield from (f"{named(item)}, {container['name']}: {fault}" for fault in _container_faults(pod, container))


def _container_faults(pod: Manifest, container: Manifest) -> Iterator[str]:
    rights = container.get("securityContext", {})
    wanted = {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "capabilities": {"drop": ["ALL"]}}
    if not wanted.items() <= rights.items():
        yield "more rights than it needs"
    resources = container.get("resources", {})
    if not {"cpu", "memory"} <= resources.get("requests", {}).keys() or "memory" not in resources.get("limits", {}):
        yield "asks for no resources or has no bound on memory"
    volumes = {volume["name"] for volume in pod.get("volumes", ())} | {"data"}
    missing = [mount["name"] for mount in container.get("volumeMounts", ()) if mount["name"] not in volumes]
    if missing:
        yield f"mounts what is no volume: {missing}"


def _service_faults(manifests: list[Manifest]) -> Iterator[str]:
    """Names and numbers that the services themselves know."""
    settings = _settings(manifests)
    deployments = {item["metadata"]["name"]: item for item in manifests if item["kind"] == "Deployment"}
    if set(deployments) != set(SERVICES):
        yield f"deployments are {sorted(deployments)}"
    for name, item in deployments.items():
        pod = item["spec"]["template"]["spec"]
        container = pod["containers"][0]
        if {port["name"]: port["containerPort"] for port in container["ports"]} != PORTS:
            yield f"{named(item)} names other ports than health {PORTS['health']} and metrics {PORTS['metrics']}"
        if pod["terminationGracePeriodSeconds"] < int(settings["CASTLIST_STOP_GRACE_S"]) + HAND_BACK_S:
            yield f"{named(item)} is killed while it finishes a task"
        for probe, asked in (("startupProbe", "readiness"), ("readinessProbe", "readiness"), ("livenessProbe", "liveness")):
            if container.get(probe, {}).get("grpc") != {"port": PORTS["health"], "service": asked}:
                yield f"{named(item)} has no {probe} that asks for {asked}"
        if {"name": "credentials", "secret": {"secretName": f"castlist-{name}", "defaultMode": 0o440}} not in pod["volumes"]:
            yield f"{named(item)} has another one's credentials"


def _settings(manifests: list[Manifest]) -> dict[str, str]:
    return next(item["data"] for item in manifests if item["kind"] == "ConfigMap" and "castlist-settings" in item["metadata"]["name"])


def setting_names(manifests: list[Manifest]) -> set[str]:
    """`CASTLIST_*` variables that any pod gets."""
    found = set(_settings(manifests))
    for item in manifests:
        template = pod_template(item)
        containers: list[Any] = template["spec"]["containers"] if template else []
        found |= {entry["name"] for container in containers for entry in container.get("env", ())}
    return {name for name in found if name.startswith("CASTLIST_")}


def _scaling_faults(manifests: list[Manifest]) -> Iterator[str]:
    hosts = {
        f"{item['metadata']['name']}.{NAMESPACE}.svc.cluster.local:{port['port']}"
        for item in manifests
        if item["kind"] == "Service" and item["spec"].get("clusterIP") == "None"
        for port in item["spec"]["ports"]
        if port["name"] == "monitor"
    }
    for item in manifests:
        if item["kind"] != "ScaledObject":
            continue
        asked = [trigger["metadata"] for trigger in item["spec"]["triggers"]]
        wanted = {topology.consumer_name(kind) for kind in STAGES_OF.get(item["spec"]["scaleTargetRef"]["name"], ())}
        if {metadata.get("consumer") for metadata in asked} != wanted:
            yield f"{named(item)} watches other consumers than {sorted(wanted)}"
        if {metadata.get("stream") for metadata in asked} != {topology.TASKS_STREAM}:
            yield f"{named(item)} watches another stream than {topology.TASKS_STREAM}"
        if not {metadata["natsServerMonitoringEndpoint"] for metadata in asked} <= hosts:
            yield f"{named(item)} asks where no broker's node answers by its name"


def _broker_faults(manifests: list[Manifest]) -> Iterator[str]:
    broker = next(item for item in manifests if item["kind"] == "StatefulSet")
    config = next(item["data"]["nats.conf"] for item in manifests if item["kind"] == "ConfigMap" and "nats.conf" in item["data"])
    name, service, nodes = broker["metadata"]["name"], broker["spec"]["serviceName"], broker["spec"]["replicas"]
    (container,) = (item for item in broker["spec"]["template"]["spec"]["containers"] if item["name"] == name)
    told = {entry["name"]: entry.get("value", "") for entry in container["env"]}
    routes = [told.get(variable, "").partition("@")[2] for variable in re.findall(r"\$(NODE_\d)", config)]
    if routes != [f"{name}-{node}.{service}:6222" for node in range(nodes)]:
        yield f"the broker's nodes are not where its routes lead: {routes}"
    if _settings(manifests)["CASTLIST_STREAM_REPLICAS"] != str(nodes):
        yield f"a message is not on each of the {nodes} nodes"
    if "sync_interval: always" not in config:
        yield "what the broker acknowledged may not be on its disk"
