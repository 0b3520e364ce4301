"""How well a detector finds the people of a video with ground truth: AP50 and best F1.

    python benchmarks/detection_quality.py examples/campus.mp4 gt.txt --model ssdlite_pedestrian
    python benchmarks/detection_quality.py VIDEO gt.txt --model yolox_nano --models FOLDER --every 3

A detection is right if it is the surest one that overlaps a box of the ground truth by at least half (IoU);
all rows of the ground truth count, the flagged ones too. AP50 is the area under the interpolated curve of
precision over recall, from the parameter `detect.min_confidence` upwards.
"""

import argparse
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from castlist.domain.geometry import iou_matrix
from castlist.domain.parameters import DetectParameters
from castlist.inference.engines import DEFAULT_RUNTIME, Runtime
from castlist.manifest import ModelLibrary
from services.detector.algorithms.tiling import views_of
from services.detector.handlers.detect import find_people
from services.detector.models.loaded import LoadedDetectors
from services.detector.video.probe import probe
from services.detector.video.reading import frames_of

MATCH_IOU = 0.5
THREADS = 2
FRAMES_AT_ONCE = 32


def read_truth(path: Path) -> dict[int, NDArray[np.float64]]:
    """Boxes `(N, 4)` xyxy by 0-based frame number, from a MOTChallenge file."""
    rows = np.loadtxt(path, delimiter=",", ndmin=2)
    boxes = np.concatenate([rows[:, 2:4], rows[:, 2:4] + rows[:, 4:6]], axis=1)
    return {int(frame) - 1: boxes[rows[:, 0] == frame] for frame in np.unique(rows[:, 0])}


def right_ones(boxes: NDArray[np.floating], truth: NDArray[np.floating]) -> NDArray[np.bool_]:
    """Which boxes, surest first, are right; each box of the truth is found once."""
    overlaps = iou_matrix(boxes.astype(np.float64), truth)
    right = np.zeros(len(boxes), bool)
    for row, of_box in enumerate(overlaps):
        best = int(of_box.argmax()) if len(of_box) else -1
        if best >= 0 and of_box[best] >= MATCH_IOU:
            right[row] = True
            overlaps[:, best] = -1
    return right


def detections(
    video: Path, name: str, library: ModelLibrary, every: int, runtime: Runtime = DEFAULT_RUNTIME
) -> Iterator[tuple[int, NDArray[np.float32], NDArray[np.float32]]]:
    """Frame number, boxes and confidences of every n-th frame."""
    model = library.resolve(name)
    if model is None:
        raise SystemExit(f"the weights of {name} are not at hand; name their folder with --models")
    detector = LoadedDetectors().get(model.entry.name, model.sha256, model.path, runtime)
    plan = probe(video, 600.0).plan
    views = views_of(plan.width_px, plan.height_px, model.entry.tile_side_px)
    pictures = (frame.picture for segment in plan.segments for frame in frames_of(video, plan, segment))
    chosen = islice(enumerate(pictures), 0, None, every)
    with ThreadPoolExecutor(THREADS) as threads:
        while part := list(islice(chosen, FRAMES_AT_ONCE)):
            found = threads.map(lambda item: find_people(item[1], views, detector, DetectParameters()), part)
            yield from ((number, *people) for (number, _), people in zip(part, found, strict=True))


@dataclass(frozen=True, slots=True)
class Quality:
    """AP50, and precision, recall and F1 at the confidence where F1 is best."""

    ap50: float
    f1: float
    confidence: float
    precision: float
    recall: float
    boxes: int
    frames: int


def quality_of(found: Iterable[tuple[int, NDArray[np.float32], NDArray[np.float32]]], truth: Mapping[int, NDArray[np.float64]]) -> Quality:
    """Of boxes and confidences by frame."""
    confidences, right, total = [], [], 0
    for number, boxes, sure in found:
        there = truth.get(number, np.zeros((0, 4)))
        total += len(there)
        confidences.append(sure)
        right.append(right_ones(boxes, there))
    sure, hits = np.concatenate(confidences), np.concatenate(right)
    order = np.argsort(-sure, kind="stable")
    hit_count = np.cumsum(hits[order])
    recall, precision = hit_count / total, hit_count / np.arange(1, len(order) + 1)
    envelope = np.maximum.accumulate(precision[::-1])[::-1]
    f1 = 2 * precision * recall / np.maximum(precision + recall, 1e-9)
    best = int(f1.argmax())
    ap50 = float(np.sum(np.diff(recall, prepend=0) * envelope))
    figures = (float(values[best]) for values in (f1, sure[order], precision, recall))
    return Quality(ap50, *figures, boxes=total, frames=len(right))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", type=Path)
    parser.add_argument("truth", type=Path, metavar="gt.txt")
    parser.add_argument("--model", default="ssdlite_pedestrian", help="name, or an ONNX file in the folder")
    parser.add_argument("--models", type=Path, metavar="FOLDER")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="look at every n-th frame only")
    options = parser.parse_args()
    found = quality_of(detections(options.video, options.model, ModelLibrary(options.models), options.every), read_truth(options.truth))
    print(f"AP50 {found.ap50:.3f}  best F1 {found.f1:.3f} at confidence {found.confidence:.2f}", end="  ")
    print(f"(precision {found.precision:.3f}, recall {found.recall:.3f}; {found.boxes} boxes, {found.frames} frames)")


if __name__ == "__main__":
    main()
