"""The shipped bounds are those of the requirements, and each judges a figure that there is."""

from dataclasses import fields

from castlist.acceptance import acceptance
from castlist.domain.acceptance import Bound, Verdict, judge
from castlist.domain.cluster_metrics import ClusterMetrics
from castlist.domain.track_metrics import CropStats, TrackMetrics


def test_what_passes() -> None:
    assert {item.metric: item.passes for item in acceptance()} == {
        "tracks_per_minute": Bound(below=50),
        "short_track_fraction": Bound(below=0.3),
        "id_switch_rate": Bound(below=0.1),
        "blank_fraction": Bound(at_most=0.1),
        "singleton_fraction": Bound(at_least=0.2, at_most=0.5),
        "largest_cluster_fraction": Bound(below=0.6),
        "total_clusters": Bound(at_least=3, at_most=50),
    }


def test_every_name_is_that_of_a_figure() -> None:
    known = {spec.name for kind in (TrackMetrics, CropStats, ClusterMetrics) for spec in fields(kind)}
    assert {name for item in acceptance() for name in (item.metric, *item.needs)} <= known


def test_bounds_are_strict_where_the_requirements_are() -> None:
    """`< 50`, not `<= 50`: what equals the bound does not pass."""
    enough = {"video_seconds": 60, "tracks": 50, "total_crops": 100}
    edge = {
        "tracks_per_minute": 50,
        "short_track_fraction": 0.3,
        "id_switch_rate": 0.1,
        "blank_fraction": 0.1,
        "singleton_fraction": 0.5,
        "largest_cluster_fraction": 0.6,
        "total_clusters": 50,
    }
    verdicts = {item.metric: item.verdict for item in judge(acceptance(), edge | enough)}
    assert {metric for metric, verdict in verdicts.items() if verdict is Verdict.PASS} == {
        "blank_fraction",
        "singleton_fraction",
        "total_clusters",
    }
    assert set(verdicts.values()) == {Verdict.PASS, Verdict.WARN}


def test_the_second_bound_is_looser_and_every_criterion_says_what_to_do() -> None:
    for item in acceptance():
        assert item.remedy
        if item.warns is not None:
            values = [step / 100 for step in range(20_000)]
            assert all(item.warns.holds(value) for value in values if item.passes.holds(value))
