"""How much two small pictures differ, whatever the light, and whether the camera moved."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32, Float64
from castlist.domain.shots import CHROMA_STEP, Thumbnails, UInt8

_NOISE_VARIANCE = 4.0  # of brightness, in levels^2: pictures without contrast do not count as different
_COLOUR_WEIGHT, _COLOUR_MOST = 0.02, 0.2  # a level of colour, and what colour can add at most
_DIGITS = 6
_RANK_DIGITS = 2


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """F frames as they are compared.

    `luma` uint8 (F, h, w) and `chroma` uint8 (F, 2, c) of the thumbnails. `normal` float32 (F, D): brightness at half the size,
    with mean 0 and variance 1. `means`, `contrasts` float32 (F,): mean and standard deviation of brightness. `ticks` uint8 (F, D):
    brightness at half the size.
    """

    luma: UInt8
    chroma: UInt8
    normal: Float32
    means: Float32
    contrasts: Float32
    ticks: UInt8

    def rows(self, rows: slice) -> "Pictures":
        """Some of the frames."""
        return Pictures(*(getattr(self, spec.name)[rows] for spec in fields(self)))

    def singles(self) -> Iterator["Pictures"]:
        """Each frame alone."""
        return (self.rows(slice(row, row + 1)) for row in range(len(self.means)))


def pictures_of(thumbnails: Thumbnails) -> Pictures:
    """Thumbnails made ready, each frame by itself."""
    luma = thumbnails.luma
    count, height, width = luma.shape
    halves = luma.reshape(count, height // 2, 2, width // 2, 2).sum(axis=(2, 4), dtype=np.float32).reshape(count, height * width // 4) / 4
    means = halves.mean(axis=1)
    away = halves - means[:, None]
    variances = (away * away).mean(axis=1)
    return Pictures(
        luma=luma,
        chroma=thumbnails.chroma.reshape(count, 2, height * width // CHROMA_STEP**2),
        normal=away / np.sqrt(variances + _NOISE_VARIANCE)[:, None],
        means=means,
        contrasts=np.sqrt(variances),
        ticks=(halves + 0.5).astype(np.uint8),
    )


def kept_thumbnails(pictures: Sequence[Pictures]) -> Thumbnails:
    """The thumbnails that single frames were made of."""
    if not pictures:
        return Thumbnails(np.zeros((0, CHROMA_STEP, CHROMA_STEP), np.uint8), np.zeros((0, 2, 1, 1), np.uint8))
    luma = np.concatenate([picture.luma for picture in pictures])
    chroma = np.concatenate([picture.chroma for picture in pictures])
    return Thumbnails(luma, chroma.reshape(len(luma), 2, luma.shape[1] // CHROMA_STEP, luma.shape[2] // CHROMA_STEP))


def changes(first: Pictures, second: Pictures) -> Float64:
    """Change (F,) from each frame of one to that of the other: about 0 in a shot, about 1 between unrelated pictures.

    The median over the picture, so that what covers less than half of it, however dark or fast, says little. Brightness is
    compared without its mean and variance: light that goes on or off changes little.
    """
    differences = np.median(np.abs(first.normal - second.normal), axis=1)
    found: Float64 = np.round(differences.astype(np.float64) + _colour_changes(first, second), _DIGITS)
    return found


def least_change(first: Pictures, second: Pictures) -> float:
    """Change from one single frame to another as it is least: as they are, with the camera's motion undone, or by ranks of brightness."""
    plain = float(changes(first, second)[0])
    colour = float(_colour_changes(first, second)[0])
    return round(min(plain, _aligned(first.luma[0], second.luma[0]) + colour, _ranked(first.normal[0], second.normal[0]) + colour), _DIGITS)


def ticks_change(first: UInt8, second: UInt8) -> float:
    """Change from one small picture (D,) to another, by brightness alone."""
    return round(float(np.median(np.abs(_normal(first) - _normal(second)))), _DIGITS)


def _colour_changes(first: Pictures, second: Pictures) -> Float64:
    levels = np.median(np.abs(first.chroma.astype(np.int16) - second.chroma).max(axis=1), axis=1)
    capped: Float64 = np.minimum(_COLOUR_WEIGHT * levels, _COLOUR_MOST)
    return capped


def _ranked(first: Float32, second: Float32) -> float:
    """The same for brightness in order of rank, which clipped and bent tone curves leave alone."""
    ranks = [_ranks(values.round(_RANK_DIGITS)) for values in (first, second)]
    deviations = [rank - rank.mean() for rank in ranks]
    scaled = [deviation / max(float(deviation.std()), 1.0) for deviation in deviations]
    return float(np.median(np.abs(scaled[0] - scaled[1])))


def _ranks(values: Float32) -> Float64:
    """Ranks from 1, the mean of theirs where values are equal."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Float64 = (np.cumsum(counts) - (counts - 1) / 2)[places]
    return ranks


def _aligned(first: UInt8, second: UInt8) -> float:
    """The same where both overlap when shifted onto each other; the less they overlap, the more.

    Source: phase correlation, Kuglin and Hines, ICCS 1975.
    """
    height, width = first.shape
    down, right = picture_shift(first.astype(np.float64), second.astype(np.float64))
    one = first[max(0, down) : height + min(0, down), max(0, right) : width + min(0, right)]
    other = second[max(0, -down) : height + min(0, -down), max(0, -right) : width + min(0, -right)]
    difference = float(np.median(np.abs(_normal(one) - _normal(other))))
    return difference * first.size / one.size


def picture_shift(first: Float64, second: Float64) -> tuple[int, int]:
    """By how many rows and columns, at most half of them, the first picture lies beside the second."""
    height, width = first.shape
    window = np.outer(np.hanning(height + 2)[1:-1], np.hanning(width + 2)[1:-1])
    spectra = [np.fft.rfft2((picture - picture.mean()) * window) for picture in (first, second)]
    product = spectra[0] * np.conj(spectra[1])
    strengths = np.abs(product)
    surface = np.fft.irfft2(product / (strengths + 1e-3 * strengths.max() + 1e-6), (height, width))
    down, right = divmod(int(surface.argmax()), width)
    return down - height * (down > height // 2), right - width * (right > width // 2)


def _normal(values: NDArray[np.uint8]) -> Float64:
    away = values - values.mean()
    scaled: Float64 = away / np.sqrt((away * away).mean() + _NOISE_VARIANCE)
    return scaled
