"""A picture as a mixture of two others, each of which may lie a little beside where it was, as when the camera moves."""

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view

from castlist.domain.records import Float32

_REACH = 8  # by up to this part of its sides a picture may have moved
_STEP = 2  # every so many pixels, of softened pictures, tell enough
_NOISE_VARIANCE = 4.0  # levels^2: pictures without contrast do not count as alike
_MOST_OPPOSITE = -0.99


@dataclass(frozen=True, slots=True)
class Mixture:
    """How the best mixture explains a picture: by the weights of the old and the new one, which are not negative.

    `unexplained` is what part of the picture's variance is left, `unexplained_alone` that which the better of the two leaves by itself.
    """

    old: float
    new: float
    unexplained: float
    unexplained_alone: float

    @property
    def share(self) -> float:
        """Of the new picture, 0..1."""
        return self.new / (self.old + self.new)


@dataclass(frozen=True, slots=True, eq=False)
class _Views:
    """A picture at V places, as far apart as it may have moved: `normal` (V, P) with mean 0 and length 1, and their contrasts (V,)."""

    normal: Float32
    contrasts: Float32


class Mixtures:
    """Explains pictures (h, w), softened, by two of them: in all places of both, so that no better place is missed."""

    def __init__(self, old: Float32, new: Float32) -> None:
        self._old, self._new = _views(old), _views(new)
        self._alike = np.maximum(_products(self._old.normal, self._new.normal), _MOST_OPPOSITE)

    @property
    def alikeness(self) -> float:
        """The correlation of the two pictures where they are most alike."""
        return float(self._alike.max())

    def of(self, picture: Float32) -> Mixture:
        """The mixture that explains most: least squares of two columns and a constant, for each pair of places. Ties: the first pair."""
        rows, columns = _reaches(picture)
        whole = _normal(picture[rows : len(picture) - rows : _STEP, columns : picture.shape[1] - columns : _STEP].reshape(1, -1))
        by_old, by_new = _products(self._old.normal, whole.normal)[:, 0], _products(self._new.normal, whole.normal)[:, 0]
        free = 1 - self._alike**2
        old, new = (by_old[:, None] - by_new * self._alike) / free, (by_new - by_old[:, None] * self._alike) / free
        explained = np.where((old > 0) & (new > 0), old * by_old[:, None] + new * by_new, 0)
        first, second = divmod(int(explained.argmax()), explained.shape[1])
        best_old, best_new = int(by_old.argmax()), int(by_new.argmax())
        alone_old, alone_new = max(float(by_old[best_old]), 0.0), max(float(by_new[best_new]), 0.0)
        left_alone = 1 - max(alone_old, alone_new) ** 2
        contrast = float(whole.contrasts[0])
        if explained[first, second] <= 0:  # no true mixture: the better one by itself
            return Mixture(float(alone_old >= alone_new), float(alone_old < alone_new), left_alone, left_alone)
        return Mixture(
            float(old[first, second] / self._old.contrasts[first]) * contrast,
            float(new[first, second] / self._new.contrasts[second]) * contrast,
            1 - float(explained[first, second]),
            left_alone,
        )


def softened(pictures: Float32) -> Float32:
    """Pictures (F, h, w) blurred, so that half a pixel of motion matters little: binomial, three by three."""
    padded = np.pad(pictures, ((0, 0), (1, 1), (1, 1)), mode="edge")
    rows = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    soft: Float32 = (rows[:, :, :-2] + 2 * rows[:, :, 1:-1] + rows[:, :, 2:]) / 16
    return soft


def _reaches(picture: Float32) -> tuple[int, int]:
    return picture.shape[0] // _REACH, picture.shape[1] // _REACH


def _views(picture: Float32) -> _Views:
    rows, columns = _reaches(picture)
    views = sliding_window_view(picture, (picture.shape[0] - 2 * rows, picture.shape[1] - 2 * columns))
    return _normal(views[..., ::_STEP, ::_STEP].reshape((2 * rows + 1) * (2 * columns + 1), -1))


def _normal(views: Float32) -> _Views:
    away = views - views.mean(axis=1)[:, None]
    contrasts = np.sqrt((away * away).mean(axis=1) + np.float32(_NOISE_VARIANCE))
    return _Views(away / (contrasts * np.sqrt(np.float32(views.shape[1])))[:, None], contrasts)


def _products(first: Float32, second: Float32) -> Float32:
    """All scalar products (A, B), summed in an order that does not depend on the machine's cores."""
    found: Float32 = np.einsum("ap,bp->ab", first, second)
    return found
