"""From which similarity on two persons are one: told by the video itself, as far as it shows enough people.

Who is seen together is two people, and two parts of one tracklet are one person, without anybody having said so. The threshold is the
lowest at which no more than the wanted share of the former would be merged, and 0.70 where that is enough and keeps the latter.
"""

from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Bool, Float64, Int64

LEAST_POSITIVES = 10
_MISSED_SHARE = 0.05  # of the parts of one tracklet that a threshold above the default may miss
_BINS = np.linspace(-1, 1, 81)
_DIGITS = 6
_STEPS = 1_000_000
_NEVER = 2.0  # no cosine is as high
_AS_IF, _WIDTH = 20, 0.05


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """Similarities, each less its doubt. `positives` (A,): of two parts of one tracklet. `negatives` (B,): of two people seen together.

    `tempting` bool (B,): one of the two has nobody more alike among all those with whom it was never seen, so it would have been
    merged with the other, had they not been seen together.
    """

    positives: Float64
    negatives: Float64
    tempting: Bool


@dataclass(frozen=True, slots=True)
class Histogram:
    """Numbers of similarities between `edges`, of which there is one more."""

    count: int
    edges: tuple[float, ...]
    counts: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Calibration:
    """`calibration.json`. `source` is `video` or `default`; the histograms are of similarities less their doubt."""

    threshold: float
    source: str
    reason: str
    false_merge_rate: float
    positives: Histogram
    negatives: Histogram


def tempting_pairs(sure: Float64, seen_together: Bool, first: Int64, second: Int64) -> Bool:
    """For pairs of rows `(B,)` that are seen together whether either of the two lacks a better match, see `Evidence`."""
    free = np.where(seen_together | np.eye(len(sure), dtype=np.bool_), -np.inf, sure).max(axis=1, initial=-np.inf)
    found: Bool = sure[first, second] >= np.minimum(free[first], free[second])
    return found


def calibrate(evidence: Evidence, default: float, wanted_rate: float) -> Calibration:
    """The threshold for a wanted share of false merges among pairs of two people; the default where there is too little evidence.

    A share of 1 % can't be seen on fewer than 100 pairs.
    """
    pairs = len(evidence.negatives)
    least = int(np.ceil(1 / wanted_rate)) if wanted_rate > 0 else np.inf
    if pairs < least or len(evidence.positives) < LEAST_POSITIVES:
        wanted = f"{least} and {LEAST_POSITIVES}" if wanted_rate > 0 else "endless many"
        reason = (
            f"too little to calibrate on: {pairs} pairs of people seen together and {len(evidence.positives)} tracklets "
            f"in two parts, {wanted} are needed"
        )
        return _calibration(evidence, default, "default", reason, wanted_rate)
    least_safe = _least_safe(evidence, wanted_rate)
    keeps_parts = float(np.quantile(evidence.positives, _MISSED_SHARE))
    threshold = round(max(least_safe, min(default, keeps_parts)), _DIGITS)
    merged = int(np.count_nonzero(evidence.tempting & (evidence.negatives >= threshold)))
    reason = f"{merged} of {pairs} pairs of people seen together would be merged at it, {wanted_rate:.2%} at most are wanted"
    return _calibration(evidence, threshold, "video", reason, wanted_rate)


def _least_safe(evidence: Evidence, wanted_rate: float) -> float:
    """The lowest threshold, to 6 decimals, at which at most the wanted share of the negatives would be merged."""
    tempting = np.sort(evidence.negatives[evidence.tempting])[::-1]
    allowed = int(wanted_rate * len(evidence.negatives))
    return float(tempting[allowed]) + 10.0**-_DIGITS if allowed < len(tempting) else -1.0


def _calibration(evidence: Evidence, threshold: float, source: str, reason: str, rate: float) -> Calibration:
    return Calibration(threshold, source, reason, rate, _histogram(evidence.positives), _histogram(evidence.negatives))


def _histogram(values: Float64) -> Histogram:
    counts, _ = np.histogram(np.clip(values, -1, 1), _BINS)
    return Histogram(len(values), tuple(_BINS.round(_DIGITS).tolist()), tuple(counts.tolist()))


def confidence(sure_similarity: float, negatives: Float64, threshold: float) -> float:
    """How far a merge can be trusted, 0..1: the share of people seen together who look less alike.

    As if 20 more had been seen, who lie around the threshold as a logistic curve with a width of 0.05 says, so that it says something on
    few people, too, and never 1.
    """
    tail = 1 / (1 + np.exp(np.clip((sure_similarity - threshold) / _WIDTH, -50, 50)))
    alike = np.count_nonzero(negatives >= sure_similarity)
    return round(1 - (float(alike) + _AS_IF * float(tail)) / (len(negatives) + _AS_IF), _DIGITS)


def least_sure(negatives: Float64, threshold: float, min_confidence: float) -> float:
    """The lowest similarity less doubt, to 6 decimals and not below the threshold, that has a confidence; 2 if none has."""
    if confidence(1.0, negatives, threshold) < min_confidence:
        return _NEVER
    low, high = round(threshold * _STEPS), _STEPS
    while low < high:
        middle = (low + high) // 2
        if confidence(middle / _STEPS, negatives, threshold) >= min_confidence:
            high = middle
        else:
            low = middle + 1
    return low / _STEPS
