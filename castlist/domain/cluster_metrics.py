"""How tracklets are spread over identities: figures by which a clustering is watched, each with its denominator stated."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClusterMetrics:
    """Clusters are identities, tracks are tracklets after splitting; noise is in `total_tracks` and in no cluster.

    `singleton_fraction` divides by clusters and `largest_cluster_fraction` by tracks, the denominators by which both are usually
    bounded; `singleton_fraction_of_tracks` is the same count divided by tracks. Fractions of nothing are 0.
    """

    total_clusters: int
    total_tracks: int
    singleton_count: int
    singleton_fraction: float
    singleton_fraction_of_tracks: float
    largest_cluster_size: int
    largest_cluster_fraction: float
    outlier_count: int
    low_cohesion_count: int


def cluster_metrics(sizes: Sequence[int], noise_tracks: int = 0, outliers: int = 0, low_cohesion: int = 0) -> ClusterMetrics:
    """From the number of tracklets of each cluster, and of tracklets in none; `outliers` and `low_cohesion` count identities."""
    tracks, singletons, largest = sum(sizes) + noise_tracks, sum(size == 1 for size in sizes), max(sizes, default=0)
    return ClusterMetrics(
        total_clusters=len(sizes),
        total_tracks=tracks,
        singleton_count=singletons,
        singleton_fraction=singletons / max(len(sizes), 1),
        singleton_fraction_of_tracks=singletons / max(tracks, 1),
        largest_cluster_size=largest,
        largest_cluster_fraction=largest / max(tracks, 1),
        outlier_count=outliers,
        low_cohesion_count=low_cohesion,
    )
