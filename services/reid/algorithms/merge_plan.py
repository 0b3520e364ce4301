"""The merge plan: which persons before merging are one human being, step by step, each with its confidence."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from castlist.domain.cast import Cast
from castlist.domain.meetings import Meetings, meetings
from castlist.domain.ownership import owners, owners_of
from castlist.domain.parameters import CompareParameters
from castlist.domain.records import Bool, CropTable, Float32, Float64, Int64, Person, Tracklet
from services.reid.algorithms.calibration import Calibration, Evidence, calibrate, confidence, least_sure, tempting_pairs
from services.reid.algorithms.merging import Constraints, MergeLimits, MergeStep, Pair, merge_steps
from services.reid.algorithms.person_looks import PersonLooks, doubts, person_looks

_APART_FRAMES = 10  # in fewer the detector may have found one person twice
_PART_CROPS = 8  # of each half of a tracklet, and of a person, to count as evidence


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """Steps over the rows of `persons`; those that are not unsure are applied where `compare.merge` is `auto`."""

    persons: tuple[Person, ...]
    steps: tuple[MergeStep, ...]
    confidences: tuple[float, ...]
    calibration: Calibration

    def automatic(self) -> list[tuple[list[int], list[int]]]:
        """The sure steps as groups of persons before merging."""
        return [self.groups(step) for step in self.steps if not step.unsure]

    def groups(self, step: MergeStep) -> tuple[list[int], list[int]]:
        """The numbers of a step's persons."""
        first, second = ([self.persons[row].person_id for row in rows] for rows in (step.first, step.second))
        return first, second


@dataclass(frozen=True, slots=True, eq=False)
class CropVectors:
    """Vectors float32 (K, D) of the embedded detections int64 (K,), rising, and the table that says how clear their crops are."""

    table: CropTable
    detections: Int64
    vectors: Float32

    def covered(self, clear_overlap: float) -> Int64:
        """The detections of which another tracked box covers more than that."""
        return self.table.detection_indices[self.table.overlaps > clear_overlap]


def make_plan(
    persons: Sequence[Person], tracklets: Sequence[Tracklet], crops: CropVectors, edited: Cast | None, parameters: CompareParameters
) -> Plan:
    """Calibrate on the video and plan merges of persons before merging. `edited`: a cast whose merges and partings the plan keeps."""
    looks = person_looks(persons, crops.table, crops.detections, crops.vectors, parameters.clear_overlap)
    similarities = looks.similarities()
    met = meetings(persons)
    evidence = Evidence(halves(tracklets, crops, parameters), *_strangers(looks, similarities, met, parameters.doubt))
    rate = parameters.false_merge_rate if parameters.calibrate else 0.0
    calibration = calibrate(evidence, parameters.similarity_threshold, rate)
    apart = list(zip(met.first.tolist(), met.second.tolist(), strict=True))
    constraints = _constraints(persons, apart, looks, edited)
    sure = least_sure(evidence.negatives, calibration.threshold, parameters.min_confidence)
    limits = MergeLimits(calibration.threshold, sure, parameters.doubt)
    steps = merge_steps(similarities, looks.crops, constraints, limits)
    confidences = tuple(confidence(step.sure_similarity, evidence.negatives, calibration.threshold) for step in steps)
    return Plan(tuple(persons), steps, confidences, calibration)


def _strangers(looks: PersonLooks, similarities: Float64, met: Meetings, doubt: float) -> tuple[Float64, Bool]:
    """Similarities less doubt of people who are surely two and well seen, and whether each pair is tempting."""
    count = len(looks.crops)
    together = np.zeros((count, count), np.bool_)
    together[met.first, met.second] = together[met.second, met.first] = True
    sure = similarities - doubts(looks.crops[:, None], looks.crops[None], doubt)
    well_seen = (looks.crops[met.first] >= _PART_CROPS) & (looks.crops[met.second] >= _PART_CROPS)
    rows = np.flatnonzero((met.apart_frames >= _APART_FRAMES) & well_seen)
    first, second = met.first[rows], met.second[rows]
    return sure[first, second], tempting_pairs(sure, together, first, second)


def halves(tracklets: Sequence[Tracklet], crops: CropVectors, parameters: CompareParameters) -> Float64:
    """Similarity less doubt of the two halves, by number of clear crops, of each tracklet that has enough of them."""
    found = []
    usable = np.isfinite(crops.vectors).all(axis=1) & ~np.isin(crops.detections, crops.covered(parameters.clear_overlap))
    vectors = crops.vectors[usable]
    owned_by = owners_of(crops.detections[usable], owners(tracklets))
    order = np.argsort(owned_by, kind="stable")
    ids = [tracklet.tracklet_id for tracklet in tracklets]
    edges = np.searchsorted(owned_by[order], [ids, [number + 1 for number in ids]]).T
    for start, end in edges.tolist():
        rows = order[start:end]
        if len(rows) >= 2 * _PART_CROPS:
            parts = [vectors[half].mean(axis=0, dtype=np.float64) for half in np.array_split(rows, 2)]
            length = float(np.linalg.norm(parts[0]) * np.linalg.norm(parts[1]))
            if length > 0:
                half = np.array([len(rows) // 2])
                found.append(float(parts[0] @ parts[1]) / length - float(doubts(half, half, parameters.doubt)[0]))
    return np.array(found, np.float64)


def _constraints(persons: Sequence[Person], apart: list[Pair], looks: PersonLooks, edited: Cast | None) -> Constraints:
    """Seen together, without looks, or as the user said."""
    unknown = sorted(set(range(len(persons))) - set(looks.known.tolist()))
    apart += [(row, other) for row in unknown for other in range(len(persons)) if other != row]
    if edited is None:
        return Constraints(apart)
    rows = {person.person_id: row for row, person in enumerate(persons)}
    parts = {person.person_id: [rows[number] for number in person.from_persons] for person in edited.persons}
    apart += [(one, other) for first, second in edited.kept_apart for one in parts[first] for other in parts[second] if one != other]
    ignored = [row for person in edited.persons if person.ignored for row in parts[person.person_id]]
    apart += [(row, other) for row in ignored for other in range(len(persons)) if other != row]
    return Constraints(apart, [pair for own in parts.values() for pair in pairwise(own)])


def plan_document(plan: Plan, mode: str, *, applied: bool) -> dict[str, Any]:
    """`merge_plan.json`. Persons are those before merging, who are numbered as the lowest of them after a step."""
    steps = list(_step_documents(plan, applied))
    return {
        "mode": mode,
        "threshold": plan.calibration.threshold,
        "steps": steps,
        "persons_after": len(plan.persons) - sum(step["applied"] for step in steps),
    }


def _step_documents(plan: Plan, applied: bool) -> Iterator[dict[str, Any]]:
    for number, (step, sure) in enumerate(zip(plan.steps, plan.confidences, strict=True), start=1):
        first, second = plan.groups(step)
        yield {
            "step": number,
            "persons_1": first,
            "persons_2": second,
            "person": min(*first, *second),
            "similarity": step.similarity,
            "sure_similarity": step.sure_similarity,
            "confidence": sure,
            "unsure": step.unsure,
            "reason": _reason(step, plan.calibration.threshold, applied),
            "applied": applied and not step.unsure,
        }


def _reason(step: MergeStep, threshold: float, applied: bool) -> str:
    crops = f"{step.crops[0]} and {step.crops[1]} clear crops"
    if step.unsure and step.sure_similarity < threshold:
        return f"unsure: alike, but with {crops} only {step.sure_similarity:.2f} of it is certain, and {threshold:.2f} is wanted"
    if step.unsure:
        return f"unsure: alike by {crops}, but others are as alike, or too few are seen together here to tell"
    return f"alike by {crops}, and never seen together" + ("" if applied else "; proposed only, as compare.merge is plan")


def calibration_document(calibration: Calibration) -> dict[str, Any]:
    """`calibration.json`."""
    return asdict(calibration)
