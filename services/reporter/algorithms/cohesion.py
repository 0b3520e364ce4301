"""Whether a person's tracks look like one human being, in plain words."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from services.reporter.algorithms.clock import count_text
from services.reporter.algorithms.wording import listed


@dataclass(frozen=True, slots=True)
class Cohesion:
    """Sentences on how well a person holds together; `doubtful` where it wants a look."""

    text: str
    doubtful: bool


def read_cohesion(document: Mapping[str, Any] | None) -> Mapping[int, Cohesion]:
    """By person, from `identities.json`; those of whom there is nothing to say are left out.

    A person has an identity for the tracks that belong together, and one for each track that does not.
    """
    by_person: dict[int, list[Mapping[str, Any]]] = {}
    for identity in document["identities"] if document is not None else ():
        by_person.setdefault(identity["person_id"], []).append(identity)
    notes = {person_id: _note(identities) for person_id, identities in by_person.items()}
    return {person_id: note for person_id, note in notes.items() if note is not None}


def _note(identities: Sequence[Mapping[str, Any]]) -> Cohesion | None:
    kept = [identity for identity in identities if not identity["outlier"]]
    alone = sorted(tracklet for identity in identities if identity["outlier"] for tracklet in identity["tracklet_ids"])
    sentences = [*(_together(identity, bool(alone)) for identity in kept), _alone(alone, bool(kept))]
    text = " ".join(sentence for sentence in sentences if sentence)
    doubtful = any(identity["low_cohesion"] for identity in kept) or bool(kept and alone)
    return Cohesion(text, doubtful) if text else None


def _together(identity: Mapping[str, Any], has_outliers: bool) -> str:
    score, least = identity["cohesion_score"], identity["min_identity_sim"]
    if score is None:
        return ""
    tracks = f"{'The other' if has_outliers else 'Its'} {count_text(len(identity['tracklet_ids']), 'track')}"
    alike = f"{float(score) * 100:.0f} % on average, {float(least) * 100:.0f} % at least"
    if identity["low_cohesion"]:
        return f"{tracks} look less alike than one human being's should ({alike}): perhaps two people."
    return f"{tracks} look alike ({alike})."


def _alone(tracklet_ids: Sequence[int], has_others: bool) -> str:
    if not tracklet_ids or not has_others:
        return ""
    what = f"Track {tracklet_ids[0]} does" if len(tracklet_ids) == 1 else f"Tracks {listed(tracklet_ids)} do"
    return f"{what} not look like the rest: perhaps somebody else."
