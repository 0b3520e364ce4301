"""Which persons look alike, by kind of pair."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from services.reporter.algorithms.pairs import (
    PairList,
    Presences,
    SimilarPair,
    look_alikes,
    pair_list,
    read_pairs,
    same_person_groups,
)
from services.reporter.algorithms.who_is_who import WhoIsWho

_LOOK_ALIKES_MOST = 2


@dataclass(frozen=True, slots=True)
class Recommendations:
    """Pairs by kind; `groups` are the persons that the recommended pairs link, `people_count` how many would remain.

    `look_alikes` names for each person those that it is recommended to be merged with, most similar first.
    """

    recommended: PairList
    near: PairList
    vetoed: PairList
    groups: tuple[tuple[int, ...], ...]
    people_count: int
    look_alikes: Mapping[int, tuple[tuple[int, str], ...]]


def recommendations(similarity: Mapping[str, Any], presences: Presences, who: WhoIsWho) -> Recommendations:
    """The pairs of `similarity_matrix.json`, without those of ignored persons."""
    threshold = float(similarity["threshold"])
    names = {person_id: who.full_name(person_id) for person_id in who.people}
    counted = {person_id for person_id, person in who.people.items() if not person.ignored}
    recommended, near, vetoed = (_among(read_pairs(similarity[key]), counted) for key in ("recommended", "near", "vetoed"))
    groups = same_person_groups(recommended, presences)
    return Recommendations(
        recommended=pair_list(recommended, presences, threshold, names),
        near=pair_list(near, presences, threshold, names),
        vetoed=pair_list(vetoed, presences, threshold, names),
        groups=groups,
        people_count=len(counted) - sum(len(group) - 1 for group in groups),
        look_alikes=look_alikes(recommended, threshold, _LOOK_ALIKES_MOST),
    )


def _among(pairs: tuple[SimilarPair, ...], counted: set[int]) -> tuple[SimilarPair, ...]:
    return tuple(pair for pair in pairs if pair.first in counted and pair.second in counted)
