"""Where in a tracklet one person ends and another begins, told by how its crops look before and after."""

from dataclasses import dataclass

import numpy as np

from castlist.domain.records import Bool, Float32, Float64, Int64

_DIGITS = 6  # so that a cut does not hang on the order in which numbers were added


@dataclass(frozen=True, slots=True)
class ChangeLimits:
    """Looks before and after must be at least so alike (cosine of means over at most `window_crops` crops on each side).

    `disturbed` holds where something happened that trackers stumble over, `calm` elsewhere. With fewer than `least_crops` on
    a side nothing is said.
    """

    disturbed: float
    calm: float
    window_crops: int
    least_crops: int


@dataclass(frozen=True, slots=True)
class ChangePoint:
    """A change before crop number `crop` of a tracklet, with the similarity and the numbers of crops it is taken from."""

    crop: int
    similarity: float
    limit: float
    crops_before: int
    crops_after: int
    disturbed: bool


def change_points(vectors: Float32, disturbances: Int64, limits: ChangeLimits) -> tuple[ChangePoint, ...]:
    """All changes in one tracklet's crops `(K, D)`, in order of time.

    Binary segmentation: the place with the lowest similarity that is below its limit is cut, then both sides are looked
    at again, with windows that end at the cut. Disturbed places come first, as the true place of a change pulls down the
    calm ones beside it. Ties go to the earlier place.
    Source: Scott and Knott, Biometrics 1974 (binary segmentation), here with the cosine of means in place of a likelihood.
    """
    sums = np.concatenate([np.zeros((1, vectors.shape[1])), np.cumsum(vectors, axis=0, dtype=np.float64)])
    after_disturbance = np.diff(disturbances, prepend=disturbances[:1]) > 0
    found: list[ChangePoint] = []
    spans = [(0, len(vectors))]
    while spans:
        span = spans.pop()
        change = _lowest(sums, after_disturbance, span, limits)
        if change is not None:
            found.append(change)
            spans += [(span[0], change.crop), (change.crop, span[1])]
    return tuple(sorted(found, key=lambda change: change.crop))


def _lowest(sums: Float64, after_disturbance: Bool, span: tuple[int, int], limits: ChangeLimits) -> ChangePoint | None:
    start, end = span
    places = np.arange(start + limits.least_crops, end - limits.least_crops + 1)
    if not len(places):
        return None
    first, last = np.maximum(start, places - limits.window_crops), np.minimum(end, places + limits.window_crops)
    similarities = cosines(sums[places] - sums[first], sums[last] - sums[places]).round(_DIGITS)
    for disturbed, limit in ((True, limits.disturbed), (False, limits.calm)):
        candidates = np.flatnonzero((after_disturbance[places] == disturbed) & (similarities < limit))
        if len(candidates):
            best = candidates[np.argmin(similarities[candidates])]
            place = int(places[best])
            return ChangePoint(place, float(similarities[best]), limit, place - int(first[best]), int(last[best]) - place, disturbed)
    return None


def cosines(first: Float64, second: Float64) -> Float64:
    """Cosine of each two rows `(N, D)`; 1, no change, where one has no length."""
    lengths = np.linalg.norm(first, axis=1) * np.linalg.norm(second, axis=1)
    products = np.sum(first * second, axis=1)
    alike: Float64 = np.divide(products, lengths, out=np.ones(len(products)), where=lengths > 0)
    return alike
