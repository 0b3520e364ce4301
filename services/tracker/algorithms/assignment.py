"""Gated linear assignment with a stated order among equals."""

import numpy as np
from scipy.optimize import linear_sum_assignment

from castlist.domain.records import Float64, Int64

_TIE_BREAK = 1e-9


def assign(gains: Float64) -> tuple[Int64, Int64]:
    """Pairs (rows, columns), rows rising, that maximise the sum of gains (N, M).

    A pair is possible where its gain is positive, so a gate is `similarity - minimum`; nothing is paired at a loss
    only to pair more. Each row and column is in at most one pair. Sums closer than 1e-9 count as equal, and then
    lower rows go with lower columns.
    """
    possible = gains > 0
    per_row, per_column = np.count_nonzero(possible, axis=1), np.count_nonzero(possible, axis=0)
    if max(per_row.max(initial=0), per_column.max(initial=0)) <= 1:
        single_rows, single_columns = np.nonzero(possible)
        return single_rows.astype(np.int64), single_columns.astype(np.int64)
    rows, columns = np.flatnonzero(per_row), np.flatnonzero(per_column)
    contested = possible[rows[:, None], columns]
    order = np.outer(np.arange(len(rows), 0, -1), np.arange(len(columns), 0, -1))
    value = np.where(contested, gains[rows[:, None], columns] + _TIE_BREAK / order.size * order, 0)
    first, second = linear_sum_assignment(value, maximize=True)
    kept = contested[first, second]
    return rows[first[kept]], columns[second[kept]]
