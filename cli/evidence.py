"""A job's published files as evidence about tracklets and persons."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import decode_npy, decode_npz
from castlist.codec.documents import decode_json
from castlist.codec.persons import decode_persons
from castlist.domain.edits import AUTOMATIC_MERGE, Edit, KeepApart, Merge, Move, Split, standing_after
from castlist.domain.evidence import (
    AT_THE_SAME_TIME,
    CheckAnswer,
    DoubledTailAnswer,
    EditAnswer,
    Evidence,
    PairAnswer,
    PlanStepAnswer,
    SplitAnswer,
    ThresholdAnswer,
)
from castlist.domain.parameters import GroupParameters
from castlist.domain.records import Tracklet
from castlist.errors import UsageError
from services.grouper.algorithms.checks import Check, cuts_check, five_checks, prediction_check
from services.grouper.algorithms.pairs import measured_pairs
from services.grouper.algorithms.prediction import prediction_errors
from services.grouper.algorithms.statistics import tracklet_statistics

ReadFile = Callable[[str], bytes | None]
"""The bytes of a published file, None where the job has none of that name."""

Columns = Mapping[str, NDArray[np.generic]]


def files_of_folder(folder: Path) -> ReadFile:
    """Files of an output folder."""

    def read(name: str) -> bytes | None:
        path = folder / name
        return path.read_bytes() if path.is_file() else None

    return read


@dataclass(frozen=True, slots=True, eq=False)
class Files:
    """Evidence and the log of pairs: `columns` of `grouping_pairs.npz`, `log` is `grouping_log.json`."""

    evidence: Evidence
    columns: Columns
    log: Mapping[str, Any]

    def ask(self, tracklet_1: int, tracklet_2: int) -> PairAnswer:
        """What grouping said of two tracklets; worked out with its own functions where it did not look at them."""
        one, other = sorted((self.evidence.tracklets[number] for number in (tracklet_1, tracklet_2)), key=_order)
        if other.frame_numbers[0] <= one.frame_numbers[-1]:
            return PairAnswer(one.tracklet_id, other.tracklet_id, False, AT_THE_SAME_TIME, None, ())
        rows = np.flatnonzero((self.columns["tracklet_1"] == one.tracklet_id) & (self.columns["tracklet_2"] == other.tracklet_id))
        if len(rows):
            return self._stored(int(rows[0]))
        known = {check.name: check for check in _checks_of(one, other, self.log)}
        answers = (_answer(rule, known.get(rule["name"])) for rule in self.log["checks"])
        return PairAnswer(one.tracklet_id, other.tracklet_id, False, None, None, tuple(answers))

    def _stored(self, row: int) -> PairAnswer:
        def check(rule: Mapping[str, Any]) -> CheckAnswer:
            value = float(self.columns[f"value_{rule['name']}"][row])
            verdict = self.log["verdicts"][int(self.columns[f"verdict_{rule['name']}"][row])]
            return CheckAnswer(rule["name"], None if np.isnan(value) else value, rule["limit"], rule["value_must_be"], verdict)

        vetoing = int(self.columns["vetoed_by_tracklet"][row])
        return PairAnswer(
            tracklet_1=int(self.columns["tracklet_1"][row]),
            tracklet_2=int(self.columns["tracklet_2"][row]),
            considered=True,
            decision=self.log["decisions"][int(self.columns["decision"][row])],
            vetoed_by_tracklet=None if vetoing < 0 else vetoing,
            checks=tuple(check(rule) for rule in self.log["checks"]),
        )


def read_evidence(read: ReadFile, where: str, edits: Sequence[Edit] = ()) -> Files:
    """Everything that the files say. Raises `UsageError` where one that grouping writes is missing."""
    columns = decode_npz(_needed(read, "tracklet_stats.npz", where))
    log = decode_json(_needed(read, "grouping_log.json", where))
    pairs = decode_npz(_needed(read, "grouping_pairs.npz", where))
    persons = decode_persons(_needed(read, "canonical_persons.npz", where))
    joined = pairs["decision"] == log["decisions"].index("joined")
    seconds = columns["frame_seconds"].astype(np.float64)
    similarity = _json(read, "similarity_matrix.json")
    matrix = read("similarity_matrix.npy")
    evidence = Evidence(
        tracklets=_tracklets(columns),
        frame_seconds=seconds,
        persons_before={person["person_id"]: tuple(person["tracklets"]) for person in log["persons"]},
        persons_now={person.person_id: person.tracklet_ids for person in persons},
        joined=tuple(zip(pairs["tracklet_1"][joined].tolist(), pairs["tracklet_2"][joined].tolist(), strict=True)),
        compared=() if similarity is None else tuple(similarity["person_ids"]),
        similarities=None if matrix is None else decode_npy(matrix).astype(np.float64),
        threshold=_threshold(_json(read, "calibration.json"), similarity),
        plan=tuple(_step(entry) for entry in (_json(read, "merge_plan.json") or {"steps": []})["steps"]),
        doubled_tails=tuple(_doubled_tail(entry, seconds) for entry in log.get("doubled_tails", [])),
        edits=_edits(edits),
        splits=tuple(_split(entry, seconds) for entry in _json(read, "splits.json") or []),
    )
    return Files(evidence, pairs, log)


def _needed(read: ReadFile, name: str, where: str) -> bytes:
    data = read(name)
    if data is None:
        raise UsageError(f"{where} has no {name}: name a folder that `castlist run`, `fetch` or `track` filled, or a job that is done")
    return data


def _json(read: ReadFile, name: str) -> Any:
    data = read(name)
    return None if data is None else decode_json(data)


def _order(tracklet: Tracklet) -> tuple[int, int]:
    return int(tracklet.frame_numbers[0]), tracklet.tracklet_id


def _edits(edits: Sequence[Edit]) -> tuple[EditAnswer, ...]:
    """The edits that stand and say who is who."""
    standing = [(number, edits[number - 1]) for number in standing_after(edits).done if number != AUTOMATIC_MERGE]
    named = [(number, edit, sorted({*_named(edit)})) for number, edit in standing]
    return tuple(EditAnswer(number, str(edit), tuple(tracklets)) for number, edit, tracklets in named if tracklets)


def _named(edit: Edit) -> Iterator[int]:
    """The tracklets that an edit is about, by their numbers when it was made."""
    match edit:
        case Merge():
            yield from (tracklet.tracklet_id for person in edit.persons for tracklet in person.tracklets)
        case Split():
            yield from (tracklet.tracklet_id for tracklet in (*edit.person.tracklets, *edit.tracklets))
        case Move():
            yield from (tracklet.tracklet_id for tracklet in (edit.tracklet, *(() if edit.to is None else edit.to.tracklets)))
        case KeepApart():
            yield from (tracklet.tracklet_id for tracklet in (*edit.first.tracklets, *edit.second.tracklets))


def _tracklets(columns: Columns) -> dict[int, Tracklet]:
    frames, detections = columns["frame_numbers"].astype(np.int64), columns["detection_indices"].astype(np.int64)
    boxes, confidences = columns["bboxes"].astype(np.float32), columns["confidences"].astype(np.float32)
    spans = pairwise(columns["offsets"].tolist())
    return {
        number: Tracklet(number, frames[start:end], detections[start:end], boxes[start:end], confidences[start:end])
        for number, (start, end) in zip(columns["tracklet_ids"].tolist(), spans, strict=True)
    }


def _checks_of(one: Tracklet, other: Tracklet, log: Mapping[str, Any]) -> tuple[Check, ...]:
    """The checks on a pair that grouping did not look at."""
    names = {spec.name for spec in fields(GroupParameters)}
    parameters = GroupParameters(**{name: value for name, value in log["parameters"].items() if name in names})
    pairs = measured_pairs(tracklet_statistics((one, other)), np.array([0]), np.array([1]), np.array(log["cuts"], np.int64))
    prediction = log["prediction"]
    errors = prediction_errors((one, other), pairs, prediction["window_frames"], prediction["doubt_heights_per_frame"])
    return (*five_checks(pairs, parameters), prediction_check(errors, parameters), cuts_check(pairs, parameters))


def _answer(rule: Mapping[str, Any], check: Check | None) -> CheckAnswer:
    if check is None:
        return CheckAnswer(rule["name"], None, rule["limit"], rule["value_must_be"], "skipped")
    value = float(check.values[0])
    verdict = check.verdicts()[0].value
    return CheckAnswer(rule["name"], None if np.isnan(value) else value, rule["limit"], rule["value_must_be"], verdict)


def _threshold(calibration: Any, similarity: Any) -> ThresholdAnswer | None:
    if similarity is None or not similarity["person_ids"]:
        return None  # nobody could be compared
    if calibration is not None:
        return ThresholdAnswer(calibration["threshold"], calibration["source"], calibration["reason"])
    return ThresholdAnswer(similarity["threshold"], "default", "")


def _step(entry: Mapping[str, Any]) -> PlanStepAnswer:
    return PlanStepAnswer(
        step=entry["step"],
        persons_1=tuple(entry["persons_1"]),
        persons_2=tuple(entry["persons_2"]),
        similarity=entry["similarity"],
        confidence=entry["confidence"],
        unsure=entry["unsure"],
        applied=entry["applied"],
        reason=entry["reason"],
    )


def _doubled_tail(entry: Mapping[str, Any], seconds: NDArray[np.float64]) -> DoubledTailAnswer:
    frame = entry["from_frame"]
    return DoubledTailAnswer(entry["tracklet"], entry["same_as_tracklet"], frame, float(seconds[frame]))


def _split(entry: Mapping[str, Any], seconds: NDArray[np.float64]) -> SplitAnswer:
    frame = entry["at_frame"]
    return SplitAnswer(
        tracklet=entry["tracklet"],
        parts=tuple(part["tracklet"] for part in entry["parts"]),
        at_frame=frame,
        at_s=float(seconds[frame]),
        similarity=entry["similarity"],
        limit=entry["limit"],
        crossing_tracklet=entry["crossing_tracklet"],
        reason=entry["reason"],
    )
