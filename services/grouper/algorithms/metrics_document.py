"""`track_metrics.json`: figures by which a job is watched, and whether they are acceptable."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from castlist.domain.acceptance import Criterion, judge, overall
from castlist.domain.track_metrics import CropStats, TrackMetrics

_DIGITS = 6  # as of every published number, so that a verdict agrees with the figure beside it


def metrics_document(
    tracks: TrackMetrics, crops: CropStats, clusters: Mapping[str, float], persons: int, criteria: Iterable[Criterion]
) -> dict[str, Any]:
    """The document. `clusters` are the figures of `ClusterMetrics` by name, `persons` those of the cast.

    Raises `KeyError` where a criterion names a figure that there is not.
    """
    judgements = judge(criteria, {name: round(value, _DIGITS) for name, value in {**asdict(tracks), **asdict(crops), **clusters}.items()})
    return {
        **asdict(tracks),
        "persons": persons,
        "crop_stats": asdict(crops),
        "cluster_metrics": dict(clusters),
        "acceptance": {"overall": overall(judgements), "metrics": [asdict(judgement) for judgement in judgements]},
    }
