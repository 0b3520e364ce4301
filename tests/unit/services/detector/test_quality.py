"""A floor under what the default detector finds of real people; the full figures are in castlist/models/README.md."""

from pathlib import Path

import numpy as np

from benchmarks.detection_quality import detections, read_truth, right_ones
from castlist.manifest import ModelLibrary
from tests.conftest import REPOSITORY


def test_most_people_are_found_and_most_finds_are_people(shared_data: Path) -> None:
    truth = read_truth(shared_data / "data" / "pets09-s2l1" / "gt.txt")
    right, there = [], 0
    for number, boxes, confidences in detections(REPOSITORY / "examples" / "campus.mp4", "ssdlite_pedestrian", ModelLibrary(), every=40):
        right.append(right_ones(boxes[confidences >= 0.25], truth[number]))
        there += len(truth[number])
    hits = np.concatenate(right)
    assert there == 116
    assert hits.mean() >= 0.85  # precision
    assert hits.sum() / there >= 0.80  # recall
