"""The shipped bounds are those of the requirements, and each judges a figure that there is."""

from dataclasses import fields

import pytest

from castlist.acceptance import acceptance, read_criteria
from castlist.domain.acceptance import Bound, Verdict, judge
from castlist.domain.cluster_metrics import ClusterMetrics
from castlist.domain.track_metrics import CropStats, TrackMetrics
from castlist.errors import TaskFailed


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


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ("pass = {", "the file is no TOML: "),
        ("pass = { bellow = 50 }", "track_metrics.tracks.pass names 'bellow', which is none of at_least, at_most, below"),
        ('pass = { below = "50" }', "track_metrics.tracks.pass.below must be a number, not '50'"),
        ("pass = { below = true }", "track_metrics.tracks.pass.below must be a number, not True"),
        ("pass = { below = nan }", "track_metrics.tracks.pass.below must be a number, not nan"),
        ("pass = 50", "track_metrics.tracks.pass must be a table, not 50"),
        ("pass = {}", "track_metrics.tracks.pass must have one of at_least, below, at_most"),
        ("pass = { at_least = 3, at_most = 2 }", "track_metrics.tracks.pass must not end before it begins"),
        ("pass = { below = 3 }\nfail = { below = 9 }", "track_metrics.tracks names 'fail', which is none of needs, pass, remedy, warn"),
        ("pass = { below = 3 }\nneeds = { frames = 9 }", "track_metrics.tracks.needs names 'frames', which is none of "),
        ("warn = { below = 3 }", "track_metrics.tracks must have pass, and remedy in words"),
    ],
)
def test_what_is_wrong_in_the_file_is_named(entry: str, fault: str) -> None:
    with pytest.raises(TaskFailed, match=f"^castlist/acceptance.toml: {fault}"):
        read_criteria(f'[track_metrics.tracks]\nremedy = "none"\n{entry}\n', "track_metrics")


def test_a_figure_that_there_is_not_is_named() -> None:
    with pytest.raises(TaskFailed, match=r"^castlist/acceptance\.toml: track_metrics\.traks names 'traks', which is none of "):
        read_criteria('[track_metrics.traks]\nremedy = ""\npass = { below = 3 }\n', "track_metrics")
