"""What grouping found, as plain columns and JSON-ready documents for users."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.grouper.algorithms.analysis import Analysis
from services.grouper.algorithms.statistics import TrackletStatistics
from services.grouper.algorithms.tracklets import row_offsets


def tracklet_columns(analysis: Analysis) -> Mapping[str, NDArray[np.generic]]:
    """`tracklet_stats.npz`: `tracklet_ids` (N,) and the twelve statistics by name, one row a tracklet.

    The tracklets' own rows follow as `frame_numbers`, `bboxes`, `confidences` and `detection_indices`; tracklet n has
    the rows `offsets[n]:offsets[n + 1]`.
    """
    tracklets = analysis.tracklets
    none = np.zeros(0, np.int64)
    return {
        "tracklet_ids": np.array([tracklet.tracklet_id for tracklet in tracklets], np.int64),
        **{spec.name: getattr(analysis.statistics, spec.name) for spec in fields(TrackletStatistics)},
        "offsets": row_offsets([len(tracklet.frame_numbers) for tracklet in tracklets]),
        "frame_numbers": np.concatenate([none, *(tracklet.frame_numbers for tracklet in tracklets)]),
        "bboxes": np.concatenate([np.zeros((0, 4), np.float32), *(tracklet.boxes for tracklet in tracklets)]),
        "confidences": np.concatenate([none.astype(np.float32), *(tracklet.confidences for tracklet in tracklets)]),
        "detection_indices": np.concatenate([none, *(tracklet.detection_indices for tracklet in tracklets)]),
    }


def candidates_document(analysis: Analysis) -> list[dict[str, Any]]:
    """`reid_candidates.json`: pairs for appearance to decide; gap in frames, distance in px."""
    pairs = analysis.pairs
    return [
        {
            "tracklet_1": analysis.tracklets[pairs.earlier[row]].tracklet_id,
            "tracklet_2": analysis.tracklets[pairs.later[row]].tracklet_id,
            "gap": int(pairs.gap_frames[row]),
            "distance": float(pairs.distance_px[row]),
            "area_ratio": float(pairs.area_ratio[row]),
        }
        for row in analysis.candidates.tolist()
    ]


def grouping_document(analysis: Analysis) -> dict[str, Any]:
    """`grouping_log.json`: the checks with their limits, the persons, and for every pair considered why it was joined or not.

    Pairs that overlap in time or are far apart are not listed (see `considered_pairs`). A value is null where a check does not apply.
    """
    return {
        "checks": [
            {
                "name": check.name,
                "limit": check.limit,
                "value_must_be": "at least" if check.at_least else "at most",
                "enabled": check.enabled,
            }
            for check in analysis.checks
        ],
        "persons": [{"person_id": person.person_id, "tracklets": list(person.tracklet_ids)} for person in analysis.persons],
        "pairs": list(_pair_documents(analysis)),
    }


def _pair_documents(analysis: Analysis) -> Iterator[dict[str, Any]]:
    ids = [tracklet.tracklet_id for tracklet in analysis.tracklets]
    pairs, grouping = analysis.pairs, analysis.grouping
    judged = [(check.name, check.values.tolist(), check.verdicts()) for check in analysis.checks]
    for row, (earlier, later) in enumerate(zip(pairs.earlier.tolist(), pairs.later.tolist(), strict=True)):
        vetoing = grouping.vetoing[row]
        yield {
            "tracklet_1": ids[earlier],
            "tracklet_2": ids[later],
            "decision": grouping.decisions[row].value,
            "vetoed_by_tracklet": ids[vetoing] if vetoing >= 0 else None,
            "checks": {
                name: {"value": None if math.isnan(values[row]) else values[row], "verdict": verdicts[row].value}
                for name, values, verdicts in judged
            },
        }
