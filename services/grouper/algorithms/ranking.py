"""Who matters most: persons ordered by four terms, as a cast list is."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.geometry import centers
from castlist.domain.parameters import CastParameters
from castlist.domain.records import Person

_HALF_SMOOTH_JITTER = 0.05  # of the body height, at which smoothness is one half
_SCORE_DIGITS = 6


@dataclass(frozen=True, slots=True)
class RankedPerson:
    """A person's place. `rank` counts from 1; the four terms and the score lie in 0..1.

    `duration`: frames with the person divided by those of the person with most.
    `coverage`: frames with the person divided by frames of the video that were examined.
    `center`: 1 with the box centre always at the frame's centre, 0 always in a corner; linear in the mean distance.
    `smoothness`: 1 / (1 + jitter / (0.05 box heights)); jitter is the root mean square of the tracklets'
    `center_jitter`, weighted by their rows. 1 is steady motion.
    `score`: the terms' mean weighted by the parameters `rank_weight_*`.
    """

    person_id: int
    rank: int
    score: float
    duration: float
    coverage: float
    center: float
    smoothness: float


def rank_persons(
    persons: Sequence[Person], jitters_px: Sequence[float], frame_count: int, frame_size_px: tuple[int, int], parameters: CastParameters
) -> tuple[RankedPerson, ...]:
    """Persons by falling score; equal to 6 decimals, the lower number comes first. `frame_count` is of examined frames.

    `jitters_px` holds one value a person (see `RankedPerson`), `frame_size_px` is width and height.
    """
    if not persons:
        return ()
    rows = np.array([len(person.frame_numbers) for person in persons], np.float64)
    terms = np.stack(
        [
            rows / rows.max(),
            rows / frame_count,
            np.array([_closeness(person, frame_size_px) for person in persons]),
            np.array([_smoothness(person, jitter) for person, jitter in zip(persons, jitters_px, strict=True)]),
        ],
        axis=1,
    )
    scores = np.round(terms @ np.array(list(rank_weights(parameters).values())), _SCORE_DIGITS)
    order = sorted(range(len(persons)), key=lambda row: (-scores[row], persons[row].person_id))
    return tuple(
        RankedPerson(persons[row].person_id, rank, float(scores[row]), *terms[row].tolist()) for rank, row in enumerate(order, start=1)
    )


def rank_weights(parameters: CastParameters) -> dict[str, float]:
    """The weight of each term, in the order of `RankedPerson`: the parameters divided by their sum. All 0 where they are."""
    weights = {
        "duration": parameters.rank_weight_duration,
        "coverage": parameters.rank_weight_coverage,
        "center": parameters.rank_weight_center,
        "smoothness": parameters.rank_weight_smoothness,
    }
    total = max(math.fsum(weights.values()), 1e-12)
    return {name: weight / total for name, weight in weights.items()}


def _closeness(person: Person, frame_size_px: tuple[int, int]) -> float:
    middle = np.array(frame_size_px) / 2
    away = centers(person.boxes.astype(np.float64)) - middle
    distances = np.hypot(away[:, 0], away[:, 1]) / np.hypot(*middle)
    return float(1 - min(distances.mean(), 1.0))


def _smoothness(person: Person, jitter_px: float) -> float:
    height_px = max(float(np.mean(person.boxes[:, 3] - person.boxes[:, 1], dtype=np.float64)), 1.0)
    return 1 / (1 + jitter_px / (_HALF_SMOOTH_JITTER * height_px))
