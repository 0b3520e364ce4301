"""How many automatic merges are wrong, over all labelled clips together, with the exact interval of Clopper and Pearson (1934).

    python -m benchmarks.merge_errors ../shared
    python -m benchmarks.merge_errors ../shared --jitters 4

A step of the plan is right if most rows of both its sides are the same person of the ground truth (IoU of half or more), and not judged
where a side has no such rows. `--jitters N` adds N runs a clip with boxes moved by 1 % of their size and 2 % of the detections left
out, which are not independent of each other: the interval is for the plain runs.
"""

import argparse
import json
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.stats import beta

from benchmarks.given_detections import GivenJob, Source
from benchmarks.quality import CLIPS, FRCNN, PETS, Clip, given_detections
from castlist.codec.arrays import decode_npz
from castlist.codec.motchallenge import MotRows
from castlist.domain.geometry import iou_matrix
from castlist.manifest import ModelLibrary
from cli.evaluate import read_ground_truth

OSNET, STRIPES = "osnet_x0_25_msmt17", "colour_stripes"
MATCH_IOU = 0.5


@dataclass(frozen=True, slots=True)
class Tally:
    """Sure steps of plans: `judged` of them, `false` ones among those; `unsure` steps are not applied and counted apart."""

    judged: int = 0
    false: int = 0
    unjudged: int = 0
    unsure: int = 0
    unsure_false: int = 0

    def __add__(self, other: "Tally") -> "Tally":
        return Tally(*(getattr(self, name) + getattr(other, name) for name in self.__slots__))


def clopper_pearson(errors: int, trials: int, confidence: float = 0.95) -> tuple[float, float]:
    """The exact interval of a rate of errors. 0 to 1 where there were no trials."""
    rest = (1 - confidence) / 2
    low = float(beta.ppf(rest, errors, trials - errors + 1)) if errors else 0.0
    high = float(beta.ppf(1 - rest, errors + 1, trials - errors)) if errors < trials else 1.0
    return low, high


def judge(published: Mapping[str, bytes], truth: MotRows) -> Tally:
    """Judge the plan of a job by people of the ground truth."""
    persons = {item["person_id"]: item["tracklets"] for item in json.loads(published["grouping_log.json"])["persons"]}
    votes = dict(_votes(decode_npz(published["tracklet_stats.npz"]), truth))
    tally = Tally()
    for step in json.loads(published["merge_plan.json"])["steps"]:
        sides = [
            _majority(votes, (tracklet for person in step[side] for tracklet in persons[person])) for side in ("persons_1", "persons_2")
        ]
        known = None not in sides
        wrong = int(known and sides[0] != sides[1])
        tally += Tally(unsure=1, unsure_false=wrong) if step["unsure"] else Tally(judged=int(known), false=wrong, unjudged=int(not known))
    return tally


def _votes(columns: Mapping[str, Any], truth: MotRows) -> Iterator[tuple[int, Counter[int]]]:
    """For each tracklet how many of its rows are which person; a row is whoever it overlaps most, by half or more."""
    by_frame = {frame: np.flatnonzero(truth.frame_numbers == frame) for frame in np.unique(truth.frame_numbers).tolist()}
    for number, (tracklet, start) in enumerate(zip(columns["tracklet_ids"].tolist(), columns["offsets"].tolist(), strict=False)):
        found: Counter[int] = Counter()
        for row in range(start, int(columns["offsets"][number + 1])):
            rows = by_frame.get(int(columns["frame_numbers"][row]), ())
            if len(rows):
                overlaps = iou_matrix(columns["bboxes"][row : row + 1].astype(np.float64), truth.boxes[rows])[0]
                if overlaps.max() >= MATCH_IOU:
                    found[int(truth.ids[rows[overlaps.argmax()]])] += 1
        yield tracklet, found


def _majority(votes: Mapping[int, Counter[int]], tracklets: Iterator[int]) -> int | None:
    together = sum((votes[tracklet] for tracklet in tracklets), Counter[int]())
    return max(together, key=lambda person: (together[person], -person), default=None)


def jittered(detections: MotRows, seed: int) -> MotRows:
    """The detections as another run of a detector might have them; as they are for seed 0."""
    if seed == 0:
        return detections
    random = np.random.default_rng(seed)
    kept = detections.take(np.flatnonzero(random.random(len(detections.ids)) > 0.02))
    sides = np.tile(kept.boxes[:, 2:] - kept.boxes[:, :2], 2)
    return MotRows(kept.frame_numbers, kept.ids, kept.boxes + 0.01 * sides * random.normal(size=kept.boxes.shape), kept.confidences)


def run_job(clip: Clip, embedder: str, shared: Path, seed: int) -> Mapping[str, bytes]:
    """What a job with automatic merging publishes."""
    sequence = shared / "data" / clip.sequence
    with tempfile.TemporaryDirectory() as work, tempfile.TemporaryDirectory() as out:
        source = Source(sequence / "vtest.avi", jittered(given_detections(clip, sequence), seed), ModelLibrary(shared / "models"))
        job = GivenJob(source, {"plan.embedder": embedder}, Path(work))
        return job.finish({"compare.merge": "auto"}, Path(out))


def labelled(shared: Path, jitters: int) -> Iterator[tuple[str, int, Tally]]:
    """Every set of detections of the labelled video, with both embedders."""
    truth = read_ground_truth(shared / "data" / PETS / "gt.txt", shared / "data" / PETS / "people.csv")
    clips = {"YOLOX-nano": CLIPS["pets-yolox"], "SSDLite": CLIPS["pets-ssdlite"], "ground truth": CLIPS["pets-truth"]}
    clips["Faster R-CNN"] = Clip("", PETS, FRCNN)
    for title, clip in clips.items():
        for embedder in (OSNET, STRIPES):
            for seed in range(jitters + 1):
                yield f"{title}, {embedder}", seed, judge(run_job(clip, embedder, shared, seed), truth)


def summary(tallies: Sequence[Tally]) -> str:
    """Columns of the table."""
    of = sum(tallies, Tally())
    low, high = clopper_pearson(of.false, of.judged)
    return f"{of.judged} | {of.false} | {low:.2%} to {high:.2%} | {of.unjudged} | {of.unsure} | {of.unsure_false} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("shared", type=Path)
    parser.add_argument("--jitters", type=int, default=0, metavar="N")
    options = parser.parse_args()
    print("| detections, embedder | accepted merges | false | 95 % interval | not judged | unsure | of these false |")
    print("|---|---|---|---|---|---|---|")
    plain: list[Tally] = []
    moved: list[Tally] = []
    for title, seed, tally in labelled(options.shared, options.jitters):
        (moved if seed else plain).append(tally)
        print(f"| {title}{f', jittered {seed}' if seed else ''} | {summary([tally])}", flush=True)
    print(f"| all | {summary(plain)}")
    if moved:
        print(f"| all jittered | {summary(moved)}")


if __name__ == "__main__":
    main()
