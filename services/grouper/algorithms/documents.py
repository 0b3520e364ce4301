"""What grouping found, as plain columns and JSON-ready documents for users."""

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import Float64
from castlist.domain.row_runs import row_columns
from services.grouper.algorithms.analysis import Analysis
from services.grouper.algorithms.checks import Check, Verdict
from services.grouper.algorithms.grouping import Decision
from services.grouper.algorithms.statistics import TrackletStatistics
from services.grouper.algorithms.stitching import Stitch

_LISTED_FAILURES = 1  # a pair that fails more checks tells a reader little


def tracklet_columns(analysis: Analysis, frame_seconds: Float64) -> Mapping[str, NDArray[np.generic]]:
    """`tracklet_stats.npz`: `tracklet_ids` (N,) and the twelve statistics by name, one row a tracklet.

    The tracklets' own rows follow as `frame_numbers`, `bboxes`, `confidences` and `detection_indices`; tracklet n has
    the rows `offsets[n]:offsets[n + 1]`. `frame_seconds` float64 (F,) says when each frame of the video begins.
    """
    return {
        "tracklet_ids": np.array([tracklet.tracklet_id for tracklet in analysis.tracklets], np.int64),
        **{spec.name: getattr(analysis.statistics, spec.name) for spec in fields(TrackletStatistics)},
        "frame_seconds": frame_seconds,
        **row_columns(analysis.tracklets),
    }


def stitches_document(stitches: Sequence[Stitch]) -> list[dict[str, Any]]:
    """`stitches.json`: gaps across which tracks were joined or cut before anything else, in order of time; null stands for infinite."""
    return [{**asdict(stitch), "cost": _finite(stitch.cost), "next_best": _finite(stitch.next_best)} for stitch in stitches]


def _finite(cost: float) -> float | None:
    return cost if math.isfinite(cost) else None


def candidates_document(analysis: Analysis) -> list[dict[str, Any]]:
    """`reid_candidates.json`: pairs for appearance to decide; gap in frames, distance in px, null across a cut."""
    pairs = analysis.pairs
    return [
        {
            "tracklet_1": analysis.tracklets[pairs.earlier[row]].tracklet_id,
            "tracklet_2": analysis.tracklets[pairs.later[row]].tracklet_id,
            "gap": int(pairs.gap_frames[row]),
            "distance": _number(pairs.distance_px[row]),
            "area_ratio": _number(pairs.area_ratio[row]),
            "cuts_between": int(pairs.cuts[row]),
        }
        for row in analysis.candidates.tolist()
    ]


def _number(value: float) -> float | None:
    return None if math.isnan(value) else float(value)


def pair_columns(analysis: Analysis) -> Mapping[str, NDArray[np.generic]]:
    """`grouping_pairs.npz`: every pair considered, one row each, by the later tracklet, then by falling end of the earlier.

    `tracklet_1` (earlier), `tracklet_2`, `vetoed_by_tracklet` int64 (M,), -1 where nothing vetoes; `decision` int8 (M,), an index
    into `decisions` of `grouping_log.json`; for each check `value_<name>` float64 (M,), NaN where it does not apply, and
    `verdict_<name>` int8 (M,), an index into `verdicts`.
    """
    ids = np.array([tracklet.tracklet_id for tracklet in analysis.tracklets], np.int64)
    vetoing = np.array(analysis.grouping.vetoing, np.int64)
    numbers = {decision: number for number, decision in enumerate(Decision)}
    columns: dict[str, NDArray[np.generic]] = {
        "tracklet_1": ids[analysis.pairs.earlier],
        "tracklet_2": ids[analysis.pairs.later],
        "decision": np.array([numbers[decision] for decision in analysis.grouping.decisions], np.int8),
        "vetoed_by_tracklet": np.where(vetoing < 0, -1, ids[vetoing]) if len(ids) else vetoing,
    }
    for check in analysis.checks:
        columns[f"value_{check.name}"] = check.values
        columns[f"verdict_{check.name}"] = _verdict_numbers(check)
    return columns


def _verdict_numbers(check: Check) -> NDArray[np.int8]:
    numbers = {verdict: number for number, verdict in enumerate(Verdict)}
    if not check.enabled:
        return np.full(len(check.values), numbers[Verdict.OFF], np.int8)
    kept = np.where(check.passed, numbers[Verdict.PASSED], numbers[Verdict.FAILED])
    return np.where(np.isnan(check.values), numbers[Verdict.SKIPPED], kept).astype(np.int8)


def grouping_document(analysis: Analysis, parameters: GroupParameters, prediction_per_frame: tuple[int, float]) -> dict[str, Any]:
    """`grouping_log.json`: the checks with their limits, the persons before merging, and why pairs were joined or not.

    Pairs that overlap in time or are far apart are not considered (see `considered_pairs`). Of the others those are listed here of
    which at most one check did not approve; `grouping_pairs.npz` has all. A value is null where a check does not apply.
    `prediction` has the window and the doubt a frame of that check.
    """
    window_frames, doubt = prediction_per_frame
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
        "decisions": [decision.value for decision in Decision],
        "verdicts": [verdict.value for verdict in Verdict],
        "parameters": asdict(parameters),
        "cuts": analysis.cuts.tolist(),
        "prediction": {"window_frames": window_frames, "doubt_heights_per_frame": doubt},
        "persons": [{"person_id": person.person_id, "tracklets": list(person.tracklet_ids)} for person in analysis.persons],
        "pairs_considered": len(analysis.pairs.later),
        "pairs": list(_pair_documents(analysis)),
    }


def _pair_documents(analysis: Analysis) -> Iterator[dict[str, Any]]:
    ids = [tracklet.tracklet_id for tracklet in analysis.tracklets]
    pairs, grouping = analysis.pairs, analysis.grouping
    failed = np.sum([~check.passed for check in analysis.checks], axis=0)
    rows = np.flatnonzero(failed <= _LISTED_FAILURES)
    judged = [(check.name, check.values[rows].tolist(), _verdict_numbers(check)[rows].tolist()) for check in analysis.checks]
    verdicts = [verdict.value for verdict in Verdict]
    for place, row in enumerate(rows.tolist()):
        vetoing = grouping.vetoing[row]
        yield {
            "tracklet_1": ids[pairs.earlier[row]],
            "tracklet_2": ids[pairs.later[row]],
            "decision": grouping.decisions[row].value,
            "vetoed_by_tracklet": ids[vetoing] if vetoing >= 0 else None,
            "checks": {
                name: {"value": None if math.isnan(values[place]) else values[place], "verdict": verdicts[codes[place]]}
                for name, values, codes in judged
            },
        }
