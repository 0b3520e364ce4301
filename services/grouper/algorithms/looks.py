"""How tracklets look: their clear crops as vectors, and where something could have gone wrong between two of them."""

from collections.abc import Sequence
from dataclasses import dataclass, fields

import numpy as np

from castlist.domain.ownership import owners, owners_of
from castlist.domain.records import Bool, CropTable, Float32, Float64, Int64, Tracklet
from services.grouper.algorithms.disturbances import disturbances
from services.grouper.algorithms.pairs import TrackletPairs

_PAIRS_AT_ONCE = _ROWS_AT_ONCE = 16_384  # as wide numbers, to bound memory
_DIGITS = 6


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """K clear crops that were embedded, ordered by tracklet, then frame.

    Clear is a crop of which no other tracked box covers more than a small part. `tracklet_ids`, `frame_numbers`,
    `detection_indices` int64 (K,). `vectors` float32 (K, D), rows of length 1. `disturbances` int64 (K,) rises from a crop of
    a tracklet to the next where something lies between the two that trackers stumble over.
    """

    tracklet_ids: Int64
    frame_numbers: Int64
    detection_indices: Int64
    vectors: Float32
    disturbances: Int64

    def take(self, rows: Int64) -> "Looks":
        """The rows of an index."""
        return Looks(*(getattr(self, spec.name)[rows] for spec in fields(self)))

    def rows_of(self, tracklet_id: int) -> slice:
        """The rows of a tracklet."""
        start, end = np.searchsorted(self.tracklet_ids, [tracklet_id, tracklet_id + 1]).tolist()
        return slice(start, end)


def looks_of(table: CropTable, detections: Int64, vectors: Float32, max_overlap: float) -> Looks:
    """The clear, embedded crops of a table, `detections` `(N,)` rising with a vector each `(N, D)`.

    Vectors that are not finite or have no length say nothing and are left out.
    """
    clear = np.flatnonzero(table.overlaps <= max_overlap)
    so_far = np.cumsum(disturbances(table, max_overlap)[clear])
    wanted = table.detection_indices[clear]
    places = np.minimum(np.searchsorted(detections, wanted), max(len(detections) - 1, 0))
    found = detections[places] == wanted if len(detections) else np.zeros(len(clear), bool)
    directions, sound = _directions(vectors, places[found])
    rows = clear[found][sound]
    return Looks(
        tracklet_ids=table.tracklet_ids[rows],
        frame_numbers=table.frame_numbers[rows],
        detection_indices=table.detection_indices[rows],
        vectors=directions[sound],
        disturbances=so_far[found][sound].astype(np.int64),
    )


def _directions(vectors: Float32, rows: Int64) -> tuple[Float32, Bool]:
    """Some rows of the vectors at length 1, and whether each is finite and has a length; zeros where not."""
    found, sound = np.zeros((len(rows), vectors.shape[1]), np.float32), np.zeros(len(rows), np.bool_)
    for start in range(0, len(rows), _ROWS_AT_ONCE):
        here = slice(start, start + _ROWS_AT_ONCE)
        chosen = vectors[rows[here]].astype(np.float64)
        lengths = np.linalg.norm(chosen, axis=1)
        sound[here] = np.isfinite(lengths) & (lengths > 0)
        found[here][sound[here]] = chosen[sound[here]] / lengths[sound[here], None]
    return found, sound


def owned_looks(looks: Looks, tracklets: Sequence[Tracklet]) -> Looks:
    """The looks of other tracklets made of the same detections, such as parts; what is in none of them is left out."""
    ids = owners_of(looks.detection_indices, owners(tracklets))
    rows = np.lexsort((looks.frame_numbers, ids))
    owned = Looks(ids, looks.frame_numbers, looks.detection_indices, looks.vectors, looks.disturbances)
    return owned.take(rows[ids[rows] >= 0])


def end_similarities(looks: Looks, tracklet_ids: Sequence[int], pairs: TrackletPairs, count: int) -> Float64:
    """Cosine `(M,)` of the mean of the earlier tracklet's last and the later one's first `count` crops; NaN where there are none."""
    first, last = (np.zeros((len(tracklet_ids), looks.vectors.shape[1]), np.float32) for _ in range(2))
    for place, tracklet_id in enumerate(tracklet_ids):
        own = looks.vectors[looks.rows_of(tracklet_id)]
        first[place], last[place] = _direction(own[:count]), _direction(own[-count:])
    found = np.empty(len(pairs.later))
    for start in range(0, len(found), _PAIRS_AT_ONCE):
        here = slice(start, start + _PAIRS_AT_ONCE)
        found[here] = np.sum(last[pairs.earlier[here]] * first[pairs.later[here]], axis=1, dtype=np.float64)
    known = np.array([bool(np.any(rows)) for rows in first], bool)
    alike: Float64 = np.where(known[pairs.earlier] & known[pairs.later], found.round(_DIGITS), np.nan)
    return alike


def _direction(vectors: Float32) -> Float64:
    """The mean of vectors at length 1; zeros where there is none."""
    mean = vectors.sum(axis=0, dtype=np.float64)
    length = float(np.linalg.norm(mean))
    direction: Float64 = mean / length if length > 0 else mean
    return direction
