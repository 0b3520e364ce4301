"""Metrics as Prometheus reads them, at `http://HOST:PORT/metrics`."""

from wsgiref.simple_server import WSGIServer

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, ProcessCollector, start_http_server

from castlist.errors import UsageError
from castlist.measures import METRICS, Kind, Metric

BUCKETS_S = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 20.0, 30.0, 45.0, 60.0)
"""From a call of the store to a task of the longest segment."""


class PrometheusMeasures:
    """`Measures` in a registry of their own, with those of the process (`process_...`)."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        ProcessCollector(registry=self._registry)
        self._counters = {metric: self._counter(metric) for metric in METRICS if metric.kind is Kind.COUNTER}
        self._gauges = {metric: self._gauge(metric) for metric in METRICS if metric.kind is Kind.GAUGE}
        self._histograms = {metric: self._histogram(metric) for metric in METRICS if metric.kind is Kind.HISTOGRAM}
        self._server: WSGIServer | None = None

    def count(self, metric: Metric, amount: float = 1, /, **labels: str) -> None:
        counter = self._counters[metric]
        (counter.labels(**labels) if labels else counter).inc(amount)

    def time(self, metric: Metric, seconds: float, /, **labels: str) -> None:
        self._histograms[metric].labels(**labels).observe(seconds)

    def set(self, metric: Metric, value: float, /, **labels: str) -> None:
        self._gauges[metric].labels(**labels).set(value)

    def listen(self, port: int, host: str = "0.0.0.0") -> int:  # noqa: S104  Prometheus comes from outside the container
        """Answer from now on, in a thread; returns the port. Raises `UsageError` if it is taken."""
        try:
            self._server, _ = start_http_server(port, host, self._registry)
        except OSError as error:
            raise UsageError(f"CASTLIST_METRICS_PORT: can't listen on port {port}: {error}; choose a free one") from error
        return int(self._server.server_port)

    def close(self) -> None:
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()

    def _counter(self, metric: Metric) -> Counter:
        return Counter(metric.name, metric.meaning, metric.labels, registry=self._registry)

    def _gauge(self, metric: Metric) -> Gauge:
        return Gauge(metric.name, metric.meaning, metric.labels, registry=self._registry)

    def _histogram(self, metric: Metric) -> Histogram:
        return Histogram(metric.name, metric.meaning, metric.labels, registry=self._registry, buckets=BUCKETS_S)
