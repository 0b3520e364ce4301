"""The similarity matrix in the order of the cast, ready to draw."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.reporter.algorithms.heatmap import (
    HeatCell,
    HeatLabel,
    band_edges,
    cell_edge,
    cell_middle,
    is_light,
    labels,
    legend_stops,
    similarity_colours,
)

_TEXTS_MOST = 14
_GRID_MOST = 30
_MARKS_MOST = 60


@dataclass(frozen=True, slots=True)
class HeatView:
    """The heatmap of N compared persons.

    `colours` uint8 (N, N, 4) is RGBA, clear on the diagonal; `permille` holds the similarities above the
    diagonal, row by row, as thousandths, None where there is none; `grid` the inner lines, in percent;
    `cells` the texts, `together` the marks of pairs seen at the same time. `undrawn`: so many persons were compared that
    they can't be drawn; 0 where they are.
    """

    person_ids: tuple[int, ...]
    labels: tuple[HeatLabel, ...]
    colours: NDArray[np.uint8]
    permille: tuple[int | None, ...]
    grid: tuple[str, ...]
    cells: tuple[HeatCell, ...]
    together: tuple[HeatCell, ...]
    stops: tuple[tuple[str, str], ...]
    band_low: str
    threshold: str
    threshold_share: float
    missing: tuple[int, ...]
    undrawn: int

    @property
    def size_class(self) -> str:
        """How much room the plot is worth."""
        count = len(self.person_ids)
        return "few" if count <= 4 else "some" if count <= 9 else "many"


def heat_view(
    similarity: Mapping[str, Any],
    ranked_ids: Sequence[int],
    vetoed: Sequence[tuple[int, int]],
) -> HeatView:
    """The view of `similarity_matrix.json`, its rows put into the order of the cast."""
    threshold = float(similarity["threshold"])
    undrawn = len(similarity["person_ids"]) if similarity["similarity_matrix"] is None else 0
    known = {} if undrawn else {person_id: row for row, person_id in enumerate(similarity["person_ids"])}
    person_ids = tuple(person_id for person_id in ranked_ids if person_id in known)
    rows = [known[person_id] for person_id in person_ids]
    matrix = np.array(similarity["similarity_matrix"] or [], np.float64).reshape(len(known), len(known))[np.ix_(rows, rows)]
    count = len(person_ids)
    colours = similarity_colours(matrix, threshold)
    yellow, green = band_edges(threshold)
    return HeatView(
        person_ids=person_ids,
        labels=labels(person_ids),
        colours=_with_clear_diagonal(colours),
        permille=_permille(matrix),
        grid=tuple(cell_edge(index, count) for index in range(1, count)) if count <= _GRID_MOST else (),
        cells=_texts(matrix, colours) if count <= _TEXTS_MOST else (),
        together=_marks(person_ids, vetoed) if count <= _MARKS_MOST else (),
        stops=legend_stops(threshold),
        band_low=f"{yellow * 100:.0f} %",
        threshold=f"{green * 100:.0f} %",
        threshold_share=threshold,
        missing=() if undrawn else tuple(person_id for person_id in sorted(ranked_ids) if person_id not in known),
        undrawn=undrawn,
    )


def _with_clear_diagonal(colours: NDArray[np.uint8]) -> NDArray[np.uint8]:
    alpha = np.full((*colours.shape[:2], 1), 255, np.uint8)
    np.fill_diagonal(alpha[..., 0], 0)
    return np.concatenate([colours, alpha], axis=2)


def _permille(matrix: NDArray[np.float64]) -> tuple[int | None, ...]:
    above = matrix[np.triu_indices(len(matrix), 1)]
    return tuple(None if np.isnan(value) else round(float(value) * 1000) for value in above)


def _texts(matrix: NDArray[np.float64], colours: NDArray[np.uint8]) -> tuple[HeatCell, ...]:
    count = len(matrix)
    return tuple(
        HeatCell(
            cell_middle(column, count),
            cell_middle(row, count),
            _cell_text(float(matrix[row, column])),
            is_light(colours[row, column]),
        )
        for row in range(count)
        for column in range(count)
        if row != column
    )


def _cell_text(similarity: float) -> str:
    """Whole percent; nobody is 100 % like somebody else."""
    return "?" if np.isnan(similarity) else f"{min(round(similarity * 100), 99)}"


def _marks(person_ids: Sequence[int], vetoed: Sequence[tuple[int, int]]) -> tuple[HeatCell, ...]:
    place = {person_id: index for index, person_id in enumerate(person_ids)}
    count = len(person_ids)
    return tuple(
        HeatCell(cell_edge(place[column], count), cell_edge(place[row], count), "", is_light=True)
        for first, second in vetoed
        if first in place and second in place
        for row, column in ((first, second), (second, first))
    )
