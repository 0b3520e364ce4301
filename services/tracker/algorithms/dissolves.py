"""Dissolves: a while ago another picture, now this one, and in between a mixture of both, even where camera and people move."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Bool, Float32
from castlist.domain.shots import UInt8
from services.tracker.algorithms.mixtures import Mixture, Mixtures, softened

_WINDOWS = (5, 6, 8, 10, 12, 16, 20, 24, 32)  # ticks
TICKS_KEPT = _WINDOWS[-1] + 1
TICKS_PER_S = 12.5
_PLACES = np.arange(1, 8) / 8  # of a window, where its pictures are looked at
_INNER = slice(2, 5)  # of them those that must show both
_LEAST_CONTRAST = 8.0  # levels, before and after: else it is a fade
_LEAST_DIFFERENCE2 = 10.0**2  # mean square in levels, of the pictures before and after
_MOST_ALIKE = 0.85  # correlation of the pictures before and after, wherever they lie
_MOST_VARIANCE = 0.8  # of the mean of before and after, in the middle: mixed pictures are flat
_LEAST_MIXED = 0.1  # of a picture's variance that must be left by each of both alone
_MOST_UNEXPLAINED = 0.4  # of what is left by each alone, that may be left by both together
_WEIGHTS = (0.7, 1.3)  # sum of the weights of both
_MOST_OFF_RAMP = 0.25  # by how much the share of the new picture may be off a straight line


@dataclass(frozen=True, slots=True)
class Dissolve:
    """Ticks, by place in the history: the last that shows the old picture alone, and the first that shows more of the new one."""

    from_tick: int
    middle_tick: int


def find_dissolve(ticks: UInt8, first: int) -> Dissolve | None:
    """A dissolve that ended just now. `ticks` (N, h, w): small pictures at even steps up to now; nothing before `first` counts.

    The pictures before and after must be unlike wherever the camera points, what lies between flatter than they are, and explained by
    both together far better than by either alone, the share of the new one rising evenly. A camera that moves on shows, at each
    moment, something that one of the pictures explains, or neither.
    Source of the ideas that both pictures explain what is between, and that its variance dips: Hampapur, Jain and Weymouth, 1994
    (production models); Alattar, 1993.
    """
    last = len(ticks) - 1
    windows = np.array([window for window in _WINDOWS if last - window >= first], np.int64)
    if not len(windows):
        return None
    flat = ticks.reshape(len(ticks), -1)
    looked_at = (flat[last - windows], flat[last - windows // 2], flat[last])
    likely = _likely(*(pictures.astype(np.float32) for pictures in looked_at))
    for window in windows[likely].tolist():
        middle = _middle_of_mixture(ticks[last - window :])
        if middle is not None:
            return Dissolve(last - window, last - window + middle)
    return None


def _likely(before: Float32, between: Float32, now: Float32) -> Bool:
    """Which of some pictures (W, D) differ enough from one (D,), all with enough contrast, and with less of it in those between (W, D)."""
    away, away_now = before - before.mean(axis=1)[:, None], now - now.mean()
    variances, variance_now = (away * away).mean(axis=1), float((away_now * away_now).mean())
    covariances = (away * away_now).mean(axis=1)
    squares = ((before - now) ** 2).mean(axis=1)
    clear = (variances >= _LEAST_CONTRAST**2) & (variance_now >= _LEAST_CONTRAST**2)
    unlike = (covariances <= _MOST_ALIKE * np.sqrt(variances * variance_now)) & (squares >= _LEAST_DIFFERENCE2)
    found: Bool = clear & unlike & (between.var(axis=1) <= _MOST_VARIANCE * (variances + variance_now) / 2)
    return found


def _middle_of_mixture(span: UInt8) -> int | None:
    """The tick of a span (T, h, w) at which the picture at its end outweighs that at its start, if the span is a dissolve."""
    soft = softened(span.astype(np.float32))
    mixtures = Mixtures(soft[0], soft[-1])
    if mixtures.alikeness > _MOST_ALIKE:
        return None
    places = np.round(_PLACES * (len(span) - 1)).astype(np.int64)
    if not _are_of_both([mixtures.of(picture) for picture in soft[places[_INNER]]]):
        return None
    shares = np.array([0.0, *(mixtures.of(picture).share for picture in soft[1:-1]), 1.0])
    if float(np.abs(shares[places] - _PLACES).max()) > _MOST_OFF_RAMP:
        return None
    return int(np.argmax(shares >= 1 / 2))


def _are_of_both(mixtures: Sequence[Mixture]) -> bool:
    """Whether some pictures need both the old and the new one, and little else."""
    needed = min(mixture.unexplained_alone for mixture in mixtures) >= _LEAST_MIXED
    whole = all(_WEIGHTS[0] <= mixture.old + mixture.new <= _WEIGHTS[1] for mixture in mixtures)
    left, left_alone = sum(mixture.unexplained for mixture in mixtures), sum(mixture.unexplained_alone for mixture in mixtures)
    return needed and whole and left <= _MOST_UNEXPLAINED * left_alone
