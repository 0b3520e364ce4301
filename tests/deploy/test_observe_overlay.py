"""What Prometheus and Grafana are given: every metric is one that is served, every alert is one that the page names."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import yaml

from castlist.measures import METRICS, Kind
from tests.conftest import REPOSITORY
from tests.deploy.compose_files import composed

OBSERVE = REPOSITORY / "deploy" / "observe"
SERVICES = {"coordinator", "fetcher", "detector", "tracker", "grouper", "reid", "reporter"}
METRIC = re.compile(r"\b(?:castlist|messaging|jetstream|gnatsd|process)_[a-z0-9_]+\b")

# What prometheus-nats-exporter 0.19 serves with -jsz=all, as far as it is used here (its collector/jsz.go).
OF_THE_EXPORTER = {"jetstream_consumer_num_pending", "jetstream_consumer_num_ack_pending", "jetstream_stream_total_bytes"}
OF_THE_PROCESS = {"process_resident_memory_bytes"}


def served() -> set[str]:
    names = {metric.name for metric in METRICS if metric.kind is not Kind.HISTOGRAM}
    histograms = [metric.name for metric in METRICS if metric.kind is Kind.HISTOGRAM]
    return names | {f"{name}_{part}" for name in histograms for part in ("bucket", "count", "sum")} | OF_THE_EXPORTER | OF_THE_PROCESS


def expressions_of_the_dashboard() -> Iterator[str]:
    for panel in json.loads((OBSERVE / "grafana" / "castlist.json").read_text())["panels"]:
        yield from (target["expr"] for target in panel["targets"])


def expressions_of_the_alerts() -> list[str]:
    groups = yaml.safe_load((OBSERVE / "alerts.yml").read_text())["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


def test_every_metric_is_one_that_is_served():
    labels = {label for metric in METRICS for label in metric.labels}
    used = {name for text in (*expressions_of_the_dashboard(), *expressions_of_the_alerts()) for name in METRIC.findall(text)}
    assert used - labels - served() == set()


def test_alerts_are_those_of_the_page():
    page = (REPOSITORY / "docs" / "operations.md").read_text()
    table = page[page.index("### Alerts") :].partition("\n## ")[0]
    rows = re.findall(r"^\| [^|]+ \| `((?:\\\||[^|`])+)`", table, re.MULTILINE)
    alerts = expressions_of_the_alerts()
    missing = [row for row in rows if not any(alert.startswith(row.replace("\\|", "|")) for alert in alerts)]
    assert (missing, len(rows)) == ([], len(alerts))


def test_every_service_is_scraped_where_its_image_serves():
    jobs = {job["job_name"]: job for job in yaml.safe_load((OBSERVE / "prometheus.yml").read_text())["scrape_configs"]}
    found = jobs["castlist"]["dns_sd_configs"][0]
    assert (set(found["names"]), found["port"]) == (SERVICES, 9100)
    assert "CASTLIST_METRICS_PORT=9100" in (REPOSITORY / "deploy" / "Dockerfile").read_text()


def test_panels_do_not_overlap_and_use_the_provisioned_source():
    panels = json.loads((OBSERVE / "grafana" / "castlist.json").read_text())["panels"]
    cells = [
        (x, y)
        for place in (panel["gridPos"] for panel in panels)
        for x in range(place["x"], place["x"] + place["w"])
        for y in range(place["y"], place["y"] + place["h"])
    ]
    assert len(cells) == len(set(cells))
    source = yaml.safe_load((OBSERVE / "grafana" / "datasource.yml").read_text())["datasources"][0]["uid"]
    assert {target["datasource"]["uid"] for panel in panels for target in panel["targets"]} == {source}


def test_the_overlay_adds_three_services_and_publishes_to_this_machine_only():
    config = composed("docker-compose.observe.yml")
    assert config["services"].keys() - composed()["services"].keys() == {"prometheus", "grafana", "nats-exporter"}
    ports = [port for service in config["services"].values() for port in service.get("ports", ())]
    assert {port["target"] for port in ports} == {4222, 9000, 9090, 3000}
    assert {port["host_ip"] for port in ports} == {"127.0.0.1"}
    mounted = [mount for service in config["services"].values() for mount in service.get("volumes", ()) if mount["type"] == "bind"]
    assert [m["source"] for m in mounted if "secrets" not in m["source"] and not Path(m["source"]).exists()] == []
