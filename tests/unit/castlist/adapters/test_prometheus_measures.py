"""Metrics as Prometheus's own parser reads them from a real port."""

import urllib.request
from collections.abc import Iterator

import pytest
from prometheus_client.parser import text_string_to_metric_families

from castlist.adapters.prometheus_measures import PrometheusMeasures
from castlist.errors import UsageError
from castlist.measures import (
    FRAMES_LOST,
    JOBS_ENDED,
    METRICS,
    PROCESS_DURATION,
    SLOTS,
    STORE_DURATION,
    UNMEASURED,
    Measures,
    message_labels,
    timed,
)
from tests.conftest import REPOSITORY


@pytest.fixture
def measures() -> Iterator[PrometheusMeasures]:
    measures = PrometheusMeasures()
    yield measures
    measures.close()


def samples(port: int) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
        families = list(text_string_to_metric_families(answer.read().decode()))
    return {(sample.name, tuple(sorted(sample.labels.items()))): sample.value for family in families for sample in family.samples}


def test_figures_are_read_from_the_port(measures: PrometheusMeasures) -> None:
    port = measures.listen(0, "127.0.0.1")
    measures.count(JOBS_ENDED, status="done")
    measures.count(JOBS_ENDED, 2, status="done")
    measures.count(FRAMES_LOST, 7)
    measures.set(SLOTS, 3, stage="detect", state="idle")
    measures.time(PROCESS_DURATION, 12.0, error_type="", **message_labels("process", "castlist.task.detect.j.4"))
    found = samples(port)
    assert found["castlist_jobs_ended_total", (("status", "done"),)] == 3
    assert found["castlist_frames_lost_total", ()] == 7
    assert found["castlist_slots", (("stage", "detect"), ("state", "idle"))] == 3
    labels = (
        ("error_type", ""),
        ("messaging_destination_template", "castlist.task.detect.{job}.{index}"),
        ("messaging_operation_name", "process"),
        ("messaging_system", "nats"),
    )
    assert found["messaging_process_duration_seconds_sum", labels] == 12
    assert found["messaging_process_duration_seconds_bucket", tuple(sorted((*labels, ("le", "10.0"))))] == 0
    assert found["messaging_process_duration_seconds_bucket", tuple(sorted((*labels, ("le", "20.0"))))] == 1
    assert found["process_resident_memory_bytes", ()] > 0


def test_a_port_that_is_taken_is_named(measures: PrometheusMeasures) -> None:
    port = measures.listen(0, "127.0.0.1")
    with pytest.raises(UsageError, match=f"CASTLIST_METRICS_PORT: can't listen on port {port}"):
        PrometheusMeasures().listen(port, "127.0.0.1")


def test_a_block_is_timed_with_the_name_of_its_error(measures: PrometheusMeasures) -> None:
    port = measures.listen(0, "127.0.0.1")

    def block(measures: Measures) -> None:
        with timed(measures, STORE_DURATION, operation="get"):
            raise KeyError

    for each in (measures, UNMEASURED):
        with pytest.raises(KeyError):
            block(each)
    assert samples(port)["castlist_store_operation_duration_seconds_count", (("error_type", "KeyError"), ("operation", "get"))] == 1


def test_no_metric_is_about_a_job() -> None:
    assert {label for metric in METRICS for label in metric.labels} & {"job", "job_id", "index", "subject"} == set()
    assert len({metric.name for metric in METRICS}) == len(METRICS)


def test_the_page_for_operators_says_what_each_metric_means() -> None:
    page = (REPOSITORY / "docs" / "operations.md").read_text()
    assert [metric.name for metric in METRICS if f"`{metric.name}`" not in page] == []
