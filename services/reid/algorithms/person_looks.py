"""How a person looks: the mean of its clear crops, and how much that can be trusted."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.ownership import owners, owners_of
from castlist.domain.records import CropTable, Float32, Float64, Int64, Person
from services.reid.algorithms.similarity import mean_embeddings, similarity_matrix


@dataclass(frozen=True, slots=True, eq=False)
class PersonLooks:
    """Looks of P persons: `directions` float32 (P, D), rows of length 1, or 0 where there are none; `crops` int64 (P,) clear crops.

    A person without clear crops has the mean of the others, and `crops` 0.
    """

    directions: Float32
    crops: Int64

    @property
    def known(self) -> Int64:
        """Rows of those who have looks."""
        return np.flatnonzero(np.any(self.directions != 0, axis=1))

    def similarities(self) -> Float64:
        """Cosines `(P, P)`."""
        return similarity_matrix(self.directions)


def person_looks(persons: Sequence[Person], table: CropTable, detections: Int64, vectors: Float32, clear_overlap: float) -> PersonLooks:
    """Looks of persons in rising order of number, from the vectors `(K, D)` of detections `(K,)`, rising.

    A crop is clear if no other tracked box covers more of it than `clear_overlap`. Vectors that are not finite are left out.
    """
    covered = table.detection_indices[table.overlaps > clear_overlap]
    sound = np.isfinite(vectors).all(axis=1)
    owned_by = np.where(sound, owners_of(detections, owners(persons)), -1)
    numbers = np.array([person.person_id for person in persons], np.int64)
    clear = ~np.isin(detections, covered)
    crops = np.bincount(np.searchsorted(numbers, owned_by[clear & (owned_by > 0)]), minlength=len(persons)).astype(np.int64)
    used = (owned_by > 0) & (clear | np.isin(owned_by, numbers[crops == 0]))
    known, means = mean_embeddings(owned_by[used], vectors[used])
    directions = np.zeros((len(persons), vectors.shape[1]), np.float32)
    directions[np.searchsorted(numbers, known)] = means
    return PersonLooks(directions, crops)


def doubts(first: Int64, second: Int64, doubt: float) -> Float64:
    """What is taken off a similarity of means over `first` and `second` crops to be sure of it; infinite without crops.

    The error of a mean falls with the square root of the number of crops; `doubt` is the error of single crops, as far as
    successive crops are no independent evidence.
    """
    with np.errstate(divide="ignore"):
        spread = 1 / first.astype(np.float64) + 1 / second.astype(np.float64)
    found: Float64 = doubt * np.sqrt(spread) if doubt > 0 else np.where(np.isinf(spread), np.inf, 0.0)
    return found
