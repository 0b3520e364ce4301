"""The similarity matrix as colours: red, yellow and green bands with a step at each band's edge.

After RdYlGn of ColorBrewer (Brewer, Harrower 2003), softened: green is alike. The step makes the two limits that
matter visible at a glance; within a band the colour still says how near a pair is to the next one.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

BAND_LOW = 0.5
_STOPS: tuple[tuple[tuple[int, int, int], tuple[int, int, int]], ...] = (
    ((176, 48, 50), (238, 137, 100)),
    ((250, 200, 122), (253, 240, 176)),
    ((178, 217, 122), (20, 118, 62)),
)
_NO_VALUE = (150, 152, 155)
_LABELS_MOST = 20
_LABEL_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class HeatCell:
    """A cell that gets a text or mark of its own; place in percent of the plot."""

    x: str
    y: str
    text: str
    is_light: bool


@dataclass(frozen=True, slots=True)
class HeatLabel:
    """A person's label beside the plot, at the middle of its row and column, in percent."""

    position: str
    text: str
    person_id: int


def band_edges(threshold: float) -> tuple[float, float]:
    """Lower edges of the yellow and the green band: 50 % and the threshold for a recommendation."""
    return min(BAND_LOW, threshold), threshold


def similarity_colours(matrix: NDArray[np.float64], threshold: float) -> NDArray[np.uint8]:
    """Colours `(N, N, 3)`, RGB, of cosine similarities `(N, N)`; NaN is grey, negative counts as 0."""
    yellow, green = band_edges(threshold)
    edges = np.array([0.0, yellow, green, 1.0])
    values = np.clip(np.nan_to_num(matrix, nan=0.0), 0.0, 1.0)
    bands = np.clip(np.searchsorted(edges[1:3], values, side="right"), 0, 2)
    spans = np.maximum(edges[1:] - edges[:-1], 1e-9)
    inside = np.clip((values - edges[bands]) / spans[bands], 0.0, 1.0)[..., None]
    stops = np.array(_STOPS, np.float64)
    colours = stops[bands, 0] * (1 - inside) + stops[bands, 1] * inside
    colours[np.isnan(matrix)] = _NO_VALUE
    rounded: NDArray[np.uint8] = np.round(colours).astype(np.uint8)
    return rounded


def legend_stops(threshold: float) -> tuple[tuple[str, str], ...]:
    """Offsets and colours of a gradient from 0 to 100 % that looks like the cells."""
    edges = (0.0, *band_edges(threshold), 1.0)
    return tuple(
        (f"{edges[band + side] * 100:.3f}%", "#{:02x}{:02x}{:02x}".format(*_STOPS[band][side])) for band in range(3) for side in (0, 1)
    )


def is_light(colour: NDArray[np.uint8]) -> bool:
    """Whether dark text reads better on a colour (relative luminance, ITU-R BT.709)."""
    return bool(colour.astype(np.float64) @ np.array([0.2126, 0.7152, 0.0722]) > 140)


def cell_middle(index: int, count: int) -> str:
    return f"{(index + 0.5) / count * 100:.4f}%"


def cell_edge(index: int, count: int) -> str:
    return f"{index / count * 100:.4f}%"


def labels(person_ids: tuple[int, ...]) -> tuple[HeatLabel, ...]:
    """Labels of the rows, thinned so that about 20 remain at most."""
    count = len(person_ids)
    step = next((step for step in _LABEL_STEPS if count / step <= _LABELS_MOST), _LABEL_STEPS[-1])
    return tuple(
        HeatLabel(cell_middle(index, count), f"P{person_id}", person_id) for index, person_id in enumerate(person_ids) if index % step == 0
    )
