"""A descriptor of ours for use where no OSNet weights can be had: what colours are at which height.

Six horizontal stripes, in each a histogram over hue, saturation and value. Pixels near the crop's middle
line count more, since the edges show the background. The square roots of the shares are the features, so
that the cosine of two of them is the mean Bhattacharyya coefficient of their stripes (Swain and Ballard,
Color Indexing, IJCV 1991, for colour histograms; stripes as in Gray and Tao, ELF, ECCV 2008).
"""

from collections.abc import Sequence

import cv2
import numpy as np

from castlist.domain.records import Float32
from services.reid.models.embedder import Picture

STRIPES = 6
HUES, SATURATIONS, VALUES = 8, 4, 8
DIMENSION = STRIPES * HUES * SATURATIONS * VALUES
_HEIGHT_PX, _WIDTH_PX = 96, 48
_SPREAD = 1 / 8  # standard deviation of the weight around the middle line, in crop widths
_HUE_RANGE = 180  # OpenCV counts hue in steps of 2 degrees


class ColourStripes:
    """1,536 numbers a crop: stripe from the top, then hue, saturation, value."""

    def embed(self, crops: Sequence[Picture]) -> Float32:
        return np.array([_describe(crop) for crop in crops], np.float32).reshape(-1, DIMENSION)


def _describe(crop: Picture) -> Float32:
    shrinks = crop.shape[0] > _HEIGHT_PX and crop.shape[1] > _WIDTH_PX
    resized = cv2.resize(crop, (_WIDTH_PX, _HEIGHT_PX), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    hue, saturation, value = np.moveaxis(cv2.cvtColor(resized, cv2.COLOR_BGR2HSV).astype(np.int64), 2, 0)
    colour = (hue * HUES // _HUE_RANGE * SATURATIONS + saturation * SATURATIONS // 256) * VALUES + value * VALUES // 256
    stripe = np.arange(_HEIGHT_PX)[:, None] * STRIPES // _HEIGHT_PX
    cells = stripe * (HUES * SATURATIONS * VALUES) + colour
    counts = np.bincount(cells.ravel(), np.tile(_COLUMN_WEIGHTS, _HEIGHT_PX), DIMENSION).reshape(STRIPES, -1)
    roots: Float32 = np.sqrt(counts / counts.sum(axis=1, keepdims=True)).ravel().astype(np.float32)
    return roots


_COLUMN_WEIGHTS = np.exp(-(((np.arange(_WIDTH_PX) + 0.5) / _WIDTH_PX - 0.5) ** 2) / (2 * _SPREAD**2))
