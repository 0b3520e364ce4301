"""`castlist eval`: tracks against ground truth, scored as MOT15 does, by TrackEval.

HOTA: Luiten et al., IJCV 2021. IDF1: Ristani et al., ECCV workshops 2016. MOTA: Bernardin and Stiefelhagen, 2008.
"""

import contextlib
import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import linear_sum_assignment

from castlist.codec.motchallenge import MotRows, parse_rows
from castlist.domain.geometry import iou_matrix
from castlist.domain.records import Int64
from castlist.errors import InputError, UsageError
from cli.text_file import read_text

_LASTING_ROWS = 20
_MATCHING_IOU = 0.5
_ONE_MORE = 1000.0  # outweighs every sum of overlaps in a frame
_MIXED_ROWS = 10
_MIXED_SHARE = 0.1

TRACK_FILES = ("tracklets.mot.txt", "persons.mot.txt")


@dataclass(frozen=True, slots=True)
class Scores:
    """HOTA (mean over localisation thresholds), IDF1 and MOTA in percent; identity switches; number of ids in the tracks.

    `lasting` ids have at least 20 rows; `strangers` are those of them that match nobody of the ground truth in any row, as
    passers-by whom nobody labelled do; `mixed` ids hold two different people, see `mixed_ids`.
    """

    hota: float
    idf1: float
    mota: float
    switches: int
    ids: int
    lasting: int
    strangers: int
    mixed: int


def evaluate(tracks_file: Path, gt_file: Path, people_file: Path | None = None) -> Scores:
    """Score a MOTChallenge file of tracks; with `people_file`, against people instead of visits.

    Raises `InputError` for unreadable files and `UsageError` where TrackEval is not installed.
    """
    truth = read_ground_truth(gt_file, people_file)
    tracks = parse_rows(read_text(tracks_file), tracks_file.name)
    _refuse_twice_in_a_frame(tracks, tracks_file.name)
    return score(tracks, truth)


def read_ground_truth(gt_file: Path, people_file: Path | None = None) -> MotRows:
    """Ground truth without the rows flagged 0, its ids replaced by people if a file of them is given."""
    rows = parse_rows(read_text(gt_file), gt_file.name)
    rows = rows.take(np.flatnonzero(rows.confidences != 0))
    if people_file is not None:
        people = _people(people_file)
        missing = sorted(set(rows.ids.tolist()) - people.keys())
        if missing:
            raise InputError(f"{people_file.name} names no person for id {missing[0]} of {gt_file.name}; add a row for every id")
        persons = np.array([people[identity] for identity in rows.ids.tolist()], np.int64)
        rows = MotRows(rows.frame_numbers, persons, rows.boxes, rows.confidences)
    _refuse_twice_in_a_frame(rows, people_file.name if people_file else gt_file.name)
    return rows


def score(tracks: MotRows, truth: MotRows) -> Scores:
    """Scores of tracks against ground truth, ids unique within a frame in both."""
    metrics = _trackeval_metrics()
    owners = _owners(tracks, truth)
    names, lengths = np.unique(tracks.ids, return_counts=True)
    lasting = names[lengths >= _LASTING_ROWS]
    data = _metric_data(tracks, truth)
    with contextlib.redirect_stdout(io.StringIO()):
        hota = metrics.HOTA().eval_sequence(data)
        clear = metrics.CLEAR({"PRINT_CONFIG": False}).eval_sequence(data)
        identity = metrics.Identity({"PRINT_CONFIG": False}).eval_sequence(data)
    return Scores(
        hota=100 * float(np.mean(hota["HOTA"])),
        idf1=100 * float(identity["IDF1"]),
        mota=100 * float(clear["MOTA"]),
        switches=int(clear["IDSW"]),
        ids=int(data["num_tracker_ids"]),
        lasting=len(lasting),
        strangers=len(np.setdiff1d(lasting, tracks.ids[owners >= 0])),
        mixed=len(_mixed(tracks.ids, owners)),
    )


def mixed_ids(tracks: MotRows, truth: MotRows) -> tuple[int, ...]:
    """Ids of tracks, rising, that hold two different people.

    That is: of the rows that match ground truth (one to one in each frame, IoU at least 0.5, as many rows as possible, of
    equals the larger sum of IoU) more than 10 %, and at least 10, belong to others than the one to whom most belong.
    """
    return _mixed(tracks.ids, _owners(tracks, truth))


def _mixed(ids: Int64, owners: Int64) -> tuple[int, ...]:
    mixed = []
    for identity in np.unique(ids).tolist():
        _, counts = np.unique(owners[(ids == identity) & (owners >= 0)], return_counts=True)
        others = int(counts.sum() - counts.max(initial=0))
        if others >= _MIXED_ROWS and others > _MIXED_SHARE * counts.sum():
            mixed.append(identity)
    return tuple(mixed)


def _owners(tracks: MotRows, truth: MotRows) -> Int64:
    """For each row of the tracks the id of ground truth that it matches, -1 for none."""
    frames = np.union1d(truth.frame_numbers, tracks.frame_numbers)
    owners = np.full(len(tracks.ids), -1)
    for gt, found in zip(_rows_by_frame(truth, frames), _rows_by_frame(tracks, frames), strict=True):
        overlaps = iou_matrix(truth.boxes[gt], tracks.boxes[found])
        first, second = linear_sum_assignment(np.where(overlaps >= _MATCHING_IOU, _ONE_MORE + overlaps, 0), maximize=True)
        matched = overlaps[first, second] >= _MATCHING_IOU
        owners[found[second[matched]]] = truth.ids[gt[first[matched]]]
    return owners


def score_folder(directory: Path, gt_file: Path, people_file: Path | None = None) -> str:
    """The printed table: one line for tracklets, one for persons of an output folder."""
    heading = f"{'':20}{'HOTA':>7}{'IDF1':>7}{'MOTA':>7}{'switches':>10}{'ids':>6}{'lasting':>9}{'strangers':>11}{'mixed':>7}"
    lines = [heading]
    for name in TRACK_FILES:
        found = evaluate(directory / name, gt_file, people_file)
        counts = f"{found.switches:10d}{found.ids:6d}{found.lasting:9d}{found.strangers:11d}{found.mixed:7d}"
        lines.append(f"{name:20}{found.hota:7.1f}{found.idf1:7.1f}{found.mota:7.1f}{counts}")
    return "\n".join(lines)


def _trackeval_metrics() -> Any:
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # it prints the names of data sets whose extras are absent
            from trackeval import metrics  # noqa: PLC0415  optional, and slow to import
    except ImportError as fault:
        raise UsageError("scoring needs TrackEval, which is not installed: pip install --no-deps trackeval==1.3.0") from fault
    return metrics


def _metric_data(tracks: MotRows, truth: MotRows) -> dict[str, Any]:
    """What TrackEval's metrics read: per frame contiguous ids and the IoU of every pair of boxes."""
    gt_names, gt_ids = np.unique(truth.ids, return_inverse=True)
    track_names, track_ids = np.unique(tracks.ids, return_inverse=True)
    frames = np.union1d(truth.frame_numbers, tracks.frame_numbers)
    gt_rows, track_rows = _rows_by_frame(truth, frames), _rows_by_frame(tracks, frames)
    return {
        "num_timesteps": len(frames),
        "num_gt_ids": len(gt_names),
        "num_tracker_ids": len(track_names),
        "num_gt_dets": len(gt_ids),
        "num_tracker_dets": len(track_ids),
        "gt_ids": [gt_ids[rows] for rows in gt_rows],
        "tracker_ids": [track_ids[rows] for rows in track_rows],
        "similarity_scores": [iou_matrix(truth.boxes[a], tracks.boxes[b]) for a, b in zip(gt_rows, track_rows, strict=True)],
    }


def _rows_by_frame(rows: MotRows, frames: Int64) -> list[Int64]:
    order = np.argsort(rows.frame_numbers, kind="stable")
    starts = np.searchsorted(rows.frame_numbers[order], frames)
    return np.split(order, starts[1:])


def _people(people_file: Path) -> Mapping[int, int]:
    reader = csv.DictReader(io.StringIO(read_text(people_file)))
    if not {"visit_id", "person"} <= set(reader.fieldnames or ()):
        raise InputError(f"{people_file.name}, line 1: expected the columns visit_id,person")
    people: dict[int, int] = {}
    for row in reader:
        try:
            people[int(row["visit_id"])] = int(row["person"])
        except (TypeError, ValueError):
            raise InputError(f"{people_file.name}, line {reader.line_num}: visit_id and person must be whole numbers") from None
    return people


def _refuse_twice_in_a_frame(rows: MotRows, file_name: str) -> None:
    pairs, counts = np.unique(np.stack([rows.frame_numbers, rows.ids], axis=1), axis=0, return_counts=True)
    if np.any(counts > 1):
        frame, identity = pairs[np.argmax(counts > 1)].tolist()
        raise InputError(f"{file_name}: id {identity} is twice in frame {frame + 1}; an id may appear once a frame")
