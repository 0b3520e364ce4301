"""Both denominators, and the case of seed B in which they differ."""

from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.cluster_metrics import ClusterMetrics, cluster_metrics


def test_twelve_clusters_of_45_tracks() -> None:
    """8 of 12 clusters are singletons (0.667), 8 of 45 tracks are (0.178), the largest cluster has 15 of 45 (0.333)."""
    assert cluster_metrics([15, 10, 7, 5, *[1] * 8], outliers=3, low_cohesion=1) == ClusterMetrics(
        12, 45, 8, 8 / 12, 8 / 45, 15, 15 / 45, 3, 1
    )


def test_noise_counts_as_tracks_alone() -> None:
    assert cluster_metrics([2, 1], noise_tracks=1, outliers=1) == ClusterMetrics(2, 4, 1, 1 / 2, 1 / 4, 2, 2 / 4, 1, 0)


def test_nobody() -> None:
    assert cluster_metrics([]) == ClusterMetrics(0, 0, 0, 0.0, 0.0, 0, 0.0, 0, 0)


@given(st.lists(st.integers(1, 50)), st.integers(0, 20))
def test_fractions_are_fractions(sizes, noise) -> None:
    found = cluster_metrics(sizes, noise)
    assert 0 <= found.singleton_fraction_of_tracks <= found.singleton_fraction <= 1
    assert 0 <= found.largest_cluster_fraction <= 1
