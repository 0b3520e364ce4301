"""`track_metrics.json` of literal figures."""

from dataclasses import asdict

from castlist.acceptance import acceptance
from castlist.domain.acceptance import Bound, Criterion
from castlist.domain.cluster_metrics import cluster_metrics
from castlist.domain.track_metrics import TrackMetrics, crop_stats
from services.grouper.algorithms.metrics_document import metrics_document

TRACKS = TrackMetrics(60.0, 20, 20.0, 7, 0.35, 4, 0.2)
CLUSTERS = asdict(cluster_metrics([15, *[1] * 4, 1]))


def test_every_figure_stands_beside_its_verdict() -> None:
    found = metrics_document(TRACKS, crop_stats(200, 20), CLUSTERS, 6, acceptance())
    assert (found["tracks_per_minute"], found["short_track_fraction"], found["id_switch_rate"], found["persons"]) == (20.0, 0.35, 0.2, 6)
    assert found["crop_stats"] == {"total_crops": 200, "blank_crops": 20, "blank_fraction": 0.1}
    assert (found["cluster_metrics"]["singleton_fraction"], found["cluster_metrics"]["singleton_fraction_of_tracks"]) == (5 / 6, 5 / 20)
    judged = {item["metric"]: (item["verdict"], item["bound"]) for item in found["acceptance"]["metrics"]}
    assert judged == {
        "tracks_per_minute": ("pass", "< 50"),
        "short_track_fraction": ("warn", "< 0.3"),
        "id_switch_rate": ("fail", "< 0.2"),
        "blank_fraction": ("pass", "<= 0.1"),
        "singleton_fraction": ("warn", "0.2 to 0.5"),
        "largest_cluster_fraction": ("warn", "< 0.6"),
        "total_clusters": ("pass", "3 to 50"),
    }
    assert found["acceptance"]["overall"] == "fail"


def test_nobody_is_not_judged() -> None:
    found = metrics_document(TrackMetrics(5.0, 0, 0.0, 0, 0.0, 0, 0.0), crop_stats(0, 0), asdict(cluster_metrics([])), 0, acceptance())
    assert {item["verdict"] for item in found["acceptance"]["metrics"]} == {"not_judged"}
    assert found["acceptance"]["overall"] == "not_judged"


def test_a_verdict_is_that_of_the_figure_as_it_is_written() -> None:
    """A third of 0.9 is a little more than 0.3, and written as 0.3."""
    criteria = [Criterion("short_track_fraction", Bound(at_most=0.3), "")]
    found = metrics_document(TrackMetrics(60.0, 3, 3.0, 1, 0.1 + 0.2, 0, 0.0), crop_stats(0, 0), CLUSTERS, 1, criteria)
    (judged,) = found["acceptance"]["metrics"]
    assert (judged["value"], judged["verdict"], judged["wanted"], judged["bound"]) == (0.3, "pass", "<= 0.3", "<= 0.3")
