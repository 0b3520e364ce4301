"""From embeddings of crops to how alike each two persons look."""

import numpy as np

from castlist.domain.records import Float32, Float64, Int64

_ROWS_AT_ONCE = 16_384  # as wide numbers, to bound memory
_DIGITS = 6  # the precision of every published number, so that a pair is on the same side of a limit everywhere


def mean_embeddings(person_ids: Int64, embeddings: Float32) -> tuple[Int64, Float32]:
    """Persons in rising order and for each the mean of its rows, L2-normalised, `(P, D)`.

    Rows with NaN or infinity are left out. A person without other rows, or whose rows cancel out, gets zeros.
    """
    persons, owner = np.unique(person_ids, return_inverse=True)
    sums = np.zeros((len(persons), embeddings.shape[1]))
    rows = np.flatnonzero(np.isfinite(embeddings).all(axis=1))
    add_rows(sums, owner[rows], embeddings, rows)
    lengths = np.linalg.norm(sums, axis=1, keepdims=True)
    means = np.divide(sums, lengths, out=np.zeros_like(sums), where=lengths > 0)
    return persons, means.astype(np.float32)


def add_rows(sums: Float64, owners: Int64, embeddings: Float32, rows: Int64) -> None:
    """Add some rows of the embeddings to the sums `(P, D)` of their owners, which are rows of those; in order, some at a time."""
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        here = slice(start, start + _ROWS_AT_ONCE)
        np.add.at(sums, owners[here], embeddings[rows[here]].astype(np.float64))


def similarity_matrix(embeddings: Float32) -> Float64:
    """Cosines `(P, P)` of unit rows, symmetric, in -1..1, 6 decimals, 1 on the diagonal; 0 to a row of zeros."""
    wide = embeddings.astype(np.float64)
    products = wide @ wide.T
    matrix: Float64 = np.clip((products + products.T) / 2, -1, 1).round(_DIGITS)
    np.fill_diagonal(matrix, 1.0)
    return matrix + 0.0  # turns -0.0 into 0.0
