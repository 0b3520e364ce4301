"""Who may connect to whom in a cluster that enforces NetworkPolicies."""

from typing import Any

from tests.deploy.manifests import Manifest

Labels = dict[str, str]


def selects(selector: Manifest, labels: Labels) -> bool:
    """Whether a label selector matches; an empty one matches everything."""
    if not selector.get("matchLabels", {}).items() <= labels.items():
        return False
    for expression in selector.get("matchExpressions", ()):
        assert expression["operator"] == "In", "the only operator that is used here"
        if labels.get(expression["key"]) not in expression["values"]:
            return False
    return True


def may_connect(manifests: list[Manifest], source: Labels, target: Labels, port: int) -> bool:
    """Whether a pod of our namespace may open a connection to another pod of it: both sides must allow that."""
    policies = [item["spec"] for item in manifests if item["kind"] == "NetworkPolicy"]
    return _allowed(policies, "Egress", source, target, port) and _allowed(policies, "Ingress", target, source, port)


def _allowed(policies: list[Any], direction: str, subject: Labels, peer: Labels, port: int) -> bool:
    """NetworkPolicies add up; a pod that none selects in a direction is free in it."""
    applying = [policy for policy in policies if direction in policy["policyTypes"] and selects(policy["podSelector"], subject)]
    rules = [rule for policy in applying for rule in policy.get(direction.lower(), ())]
    return not applying or any(_rule_allows(rule, peer, port) for rule in rules)


def _rule_allows(rule: Manifest, peer: Labels, port: int) -> bool:
    peers = rule.get("from") or rule.get("to") or []
    within = any("namespaceSelector" not in entry and "podSelector" in entry and selects(entry["podSelector"], peer) for entry in peers)
    return within and any(entry["port"] == port for entry in rule["ports"])
