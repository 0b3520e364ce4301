"""The checks that two successive tracklets must pass to be one person, and the looser ReID candidates."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from castlist.domain.parameters import GroupParameters
from castlist.domain.records import Float64
from services.grouper.algorithms.pairs import TrackletPairs


class Verdict(StrEnum):
    """What a check says of a pair: `skipped` does not apply to it, `off` is switched off; neither stops a pair."""

    PASSED = "passed"
    FAILED = "failed"
    SKIPPED = "skipped"
    OFF = "off"


@dataclass(frozen=True, slots=True, eq=False)
class Check:
    """One check on M pairs: what was measured (NaN where it does not apply) and the limit it must keep.

    A value passes if it is at most the limit, or at least the limit where `at_least`.
    """

    name: str
    values: Float64
    limit: float
    at_least: bool
    enabled: bool

    @property
    def passed(self) -> NDArray[np.bool_]:
        """True `(M,)` where the check does not stop the pair."""
        if not self.enabled:
            return np.ones(len(self.values), bool)
        kept = self.values >= self.limit if self.at_least else self.values <= self.limit
        free: NDArray[np.bool_] = kept | np.isnan(self.values)
        return free

    def verdicts(self) -> list[Verdict]:
        """What the check says of each pair."""
        if not self.enabled:
            return [Verdict.OFF] * len(self.values)
        skipped = np.isnan(self.values).tolist()
        return [
            Verdict.SKIPPED if skip else Verdict.PASSED if kept else Verdict.FAILED
            for skip, kept in zip(skipped, self.passed.tolist(), strict=True)
        ]


def five_checks(pairs: TrackletPairs, parameters: GroupParameters) -> tuple[Check, ...]:
    """The documented checks 1 to 5, in order."""
    limits = parameters
    return (
        Check(
            "temporal", pairs.gap_frames.astype(np.float64), limits.max_temporal_gap_frames, at_least=False, enabled=limits.check_temporal
        ),
        Check("spatial", pairs.distance_px, limits.max_spatial_distance_px, at_least=False, enabled=limits.check_spatial),
        Check("area", pairs.area_ratio, limits.min_area_ratio, at_least=True, enabled=limits.check_area),
        Check("motion", pairs.motion_alignment, limits.min_motion_alignment, at_least=True, enabled=limits.check_motion),
        Check("jitter", pairs.jitter_difference_px, limits.max_jitter_difference_px, at_least=False, enabled=limits.check_jitter),
    )


def prediction_check(errors_heights: Float64, parameters: GroupParameters) -> Check:
    """Beyond the five: the motion of each tracklet leads to the other, see `prediction_errors`."""
    limit = parameters.max_prediction_error_heights
    return Check("prediction", errors_heights, limit, at_least=False, enabled=parameters.check_prediction)


def cuts_check(pairs: TrackletPairs, parameters: GroupParameters) -> Check:
    """Beyond the five: no new shot begins between the two. Whom looks alone can tell is left to the merge plan, which weighs them."""
    return Check("cuts", pairs.cuts.astype(np.float64), 0.0, at_least=False, enabled=parameters.check_cuts)


def looks_check(similarities: Float64, parameters: GroupParameters) -> Check:
    """Beyond the five: the end of one tracklet looks like the start of the other; NaN where one has no clear crop."""
    return Check("looks", similarities, parameters.min_looks_similarity, at_least=True, enabled=parameters.check_looks)


def reid_candidates(pairs: TrackletPairs, parameters: GroupParameters) -> NDArray[np.bool_]:
    """Pairs `(M,)` that are close enough in time, place and size for appearance to decide; across a cut in time."""
    near = (pairs.distance_px <= parameters.candidate_max_distance_px) & (pairs.area_ratio >= parameters.candidate_min_area_ratio)
    chosen: NDArray[np.bool_] = (pairs.gap_frames <= parameters.candidate_max_gap_frames) & (near | (pairs.cuts > 0))
    return chosen
