"""How well the tracklets of a person belong together by their looks. Nothing is moved here: the cast says who is who.

A tracklet's *similarity* is the cosine of the mean of its clear crops and that of all other clear crops of the same person, so it is on
the scale of the merging threshold: for a person of two tracklets it is how alike these two are.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import count

import numpy as np

from castlist.domain.cast import Cast
from castlist.domain.cluster_metrics import ClusterMetrics, cluster_metrics
from castlist.domain.parameters import CompareParameters
from castlist.domain.records import Float32, Float64, Int64, Tracklet
from services.reid.algorithms.similarity import add_rows

_DIGITS = 6  # as of every published number, so that what is marked agrees with what is shown
_LEAST_TO_DOUBT_ONE = 3
"""Of two tracklets that differ neither is the outlier."""

Sums = Mapping[int, Float64]


@dataclass(frozen=True, slots=True)
class Identity:
    """Tracklets that look like one human being, of the person `person_id` of the cast.

    `identity_id` is the person's number, or for an outlier that was taken out one above all numbers of the cast, or None: noise.
    `cohesion_score` is the mean, `min_identity_sim` the lowest similarity of its tracklets; None where fewer than two have crops.
    """

    identity_id: int | None
    person_id: int
    tracklet_ids: tuple[int, ...]
    outlier: bool
    low_cohesion: bool
    cohesion_score: float | None
    min_identity_sim: float | None


def identities_document(identities: Sequence[Identity]) -> dict[str, object]:
    """`identities.json`."""
    return {"cluster_metrics": asdict(metrics_of(identities)), "identities": [asdict(identity) for identity in identities]}


def metrics_of(identities: Sequence[Identity]) -> ClusterMetrics:
    """Figures over all identities; noise is in no cluster."""
    return cluster_metrics(
        [len(identity.tracklet_ids) for identity in identities if identity.identity_id is not None],
        noise_tracks=sum(len(identity.tracklet_ids) for identity in identities if identity.identity_id is None),
        outliers=sum(identity.outlier for identity in identities),
        low_cohesion=sum(identity.low_cohesion for identity in identities),
    )


def find_identities(cast: Cast, sums: Sums, threshold: float, parameters: CompareParameters) -> tuple[Identity, ...]:
    """The identities of a cast, by person, a person's outliers after the rest; `sums` are those of `crop_sums`.

    A tracklet less like the rest of its person than `min_identity_sim` is an outlier, the least similar one first (ties: lowest id), as
    long as three or more are left to compare; so is every tracklet where fewer than `min_cluster_size` are left. An outlier is an
    identity of its own, or noise. Cohesion is low below `threshold`, that of the merge plan.
    """
    numbers = count(max([cast.highest_number, *(person.person_id for person in cast.persons)], default=0) + 1)
    found: list[Identity] = []
    for person in cast.persons:
        kept, alone = _divided(person.tracklet_ids, sums, parameters)
        if kept:
            found.append(_identity(person.person_id, kept, sums, threshold if parameters.mark_low_cohesion else -math.inf))
        for position, tracklet_id in enumerate(alone):
            own = person.person_id if not kept and position == 0 else next(numbers)
            number = own if parameters.treat_as_singletons else None
            found.append(Identity(number, person.person_id, (tracklet_id,), True, False, None, None))
    return tuple(found)


def crop_sums(tracklets: Sequence[Tracklet], detection_indices: Int64, vectors: Float32, left_out: Int64) -> dict[int, Float64]:
    """For each tracklet that has any, by id, the sum of its crops' embeddings `(D,)`: `detection_indices` (K,), `vectors` (K, D).

    Without the detections `left_out`, and without vectors that are not finite.
    """
    sound = np.flatnonzero(np.isfinite(vectors).all(axis=1) & ~np.isin(detection_indices, left_out))
    none = np.zeros(0, np.int64)
    known = np.concatenate([none, *(tracklet.detection_indices for tracklet in tracklets)])
    ids = np.repeat([tracklet.tracklet_id for tracklet in tracklets], [len(tracklet.detection_indices) for tracklet in tracklets])
    order = np.argsort(known, kind="stable")
    _, rows, crops = np.intersect1d(known[order], detection_indices[sound], assume_unique=True, return_indices=True)
    found, owner = np.unique(ids[order][rows].astype(np.int64), return_inverse=True)
    sums = np.zeros((len(found), vectors.shape[1]))
    add_rows(sums, owner, vectors, sound[crops])
    return dict(zip(found.tolist(), sums, strict=True))


def _divided(tracklet_ids: Sequence[int], sums: Sums, parameters: CompareParameters) -> tuple[tuple[int, ...], list[int]]:
    """Tracklets that belong together, and outliers, both rising."""
    kept = list(tracklet_ids)
    while True:
        similarities = _similarities(kept, sums)
        if len(similarities) < _LEAST_TO_DOUBT_ONE:
            break
        worst = min(similarities, key=lambda tracklet_id: (similarities[tracklet_id], tracklet_id))
        if similarities[worst] >= parameters.min_identity_sim:
            break
        kept.remove(worst)
    if len(kept) < parameters.min_cluster_size:
        kept = []
    return tuple(kept), [tracklet_id for tracklet_id in tracklet_ids if tracklet_id not in kept]


def _identity(person_id: int, tracklet_ids: tuple[int, ...], sums: Sums, low_below: float) -> Identity:
    similarities = list(_similarities(tracklet_ids, sums).values())
    if not similarities:
        return Identity(person_id, person_id, tracklet_ids, False, False, None, None)
    cohesion = round(float(np.mean(similarities)), _DIGITS)
    return Identity(person_id, person_id, tracklet_ids, False, cohesion < low_below, cohesion, round(min(similarities), _DIGITS))


def _similarities(tracklet_ids: Sequence[int], sums: Sums) -> dict[int, float]:
    """By tracklet that has crops, its cosine to the rest of them together; empty where there are fewer than two."""
    seen = [tracklet_id for tracklet_id in tracklet_ids if tracklet_id in sums]
    if len(seen) < 2:
        return {}
    own = np.stack([sums[tracklet_id] for tracklet_id in seen])
    rest = own.sum(axis=0) - own
    lengths = np.linalg.norm(own, axis=1) * np.linalg.norm(rest, axis=1)
    cosines = np.divide((own * rest).sum(axis=1), lengths, out=np.zeros(len(seen)), where=lengths > 0)
    return dict(zip(seen, cosines.round(_DIGITS).tolist(), strict=True))
