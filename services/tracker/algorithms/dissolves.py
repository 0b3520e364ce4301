"""Dissolves: a while ago another picture, now this one, and in between a mixture of both."""

from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Bool, Float32, Int64
from castlist.domain.shots import UInt8

_WINDOWS = (12, 16, 24, 32, 48)  # ticks; a dissolve is found in one that is a third longer
TICKS_KEPT = _WINDOWS[-1] + 1
TICKS_PER_S = 20.0
_PARTS = 8
_LEAST_CONTRAST = 8.0  # levels, before and after: else it is a fade
_MOST_ALIKE = 0.85  # correlation of the pictures before and after
_LEAST_DIFFERENCE2 = 10.0**2  # mean square in levels, of the pictures before and after
_MOST_UNEXPLAINED = 0.08  # of that, in the frames between
_FLAT = 0.06  # share of the new picture in the first eighth, of the old one in the last
_STEEPEST = 0.4  # of the whole from tick to tick
_BACKWARD = 0.05


@dataclass(frozen=True, slots=True)
class Dissolve:
    """Ticks, by place in the history: the last that shows the old picture alone, and the first that shows more of the new one."""

    from_tick: int
    middle_tick: int


def find_dissolve(ticks: UInt8, first: int) -> Dissolve | None:
    """A dissolve that ended just now. `ticks` (N, D): very small pictures at even steps up to now; nothing before `first` counts.

    What lies between must be a mixture: explained by old and new picture but for a small part, the share of the new one rising
    slowly, and still at both ends. A camera that moves on shows what neither picture has.
    Source of the idea that both pictures explain what is between: Hampapur, Jain and Weymouth, 1994 (production models).
    """
    last = len(ticks) - 1
    windows = [window for window in _WINDOWS if last - window >= first]
    if not windows:
        return None
    differ = _differ(ticks[[last - window for window in windows]].astype(np.float32), ticks[last].astype(np.float32))
    for window in np.array(windows)[differ].tolist():
        middle = _middle_of_mixture(ticks[last - window :].astype(np.float32))
        if middle is not None:
            return Dissolve(last - window, last - window + middle)
    return None


def _differ(before: Float32, now: Float32) -> Bool:
    """Which of some pictures (W, D) differ enough from one (D,), all of them with enough contrast."""
    away, away_now = before - before.mean(axis=1)[:, None], now - now.mean()
    variances, variance_now = (away * away).mean(axis=1), float((away_now * away_now).mean())
    covariances = (away * away_now).mean(axis=1)
    squares = ((before - now) ** 2).mean(axis=1)
    clear = (variances >= _LEAST_CONTRAST**2) & (variance_now >= _LEAST_CONTRAST**2)
    unlike = covariances <= _MOST_ALIKE * np.sqrt(variances * variance_now)
    found: Bool = clear & unlike & (squares >= _LEAST_DIFFERENCE2)
    return found


def _middle_of_mixture(span: Float32) -> int | None:
    """The tick of a span at which the picture at its end outweighs that at its start, if the span is a dissolve."""
    way = span[-1] - span[0]
    squares = float((way * way).mean())
    parts: Int64 = np.arange(_PARTS + 1) * (len(span) - 1) // _PARTS
    away = span[parts] - span[0]
    shares = (away * way).mean(axis=1) / squares
    rests = away - shares[:, None] * way
    steps = np.diff(shares)
    moving = shares[1] > _FLAT or shares[-2] < 1 - _FLAT or float(steps.min()) < -_BACKWARD
    if moving or float((rests * rests).mean(axis=1).max()) > _MOST_UNEXPLAINED * squares:
        return None
    every = ((span - span[0]) * way).mean(axis=1) / squares
    return int(np.argmax(every >= 1 / 2)) if float(np.diff(every).max()) <= _STEEPEST else None
