"""A query and gallery folder with the names of Market-1501, cut from the ground truth of PETS09-S2L1.

    python -m benchmarks.pets_gallery ../shared/data/pets09-s2l1 DIR
    castlist eval reid DIR

One camera took it all, so a *visit* stands in for the camera: people leave the picture and come back, and what the protocol leaves
out is the visit that a query is from. To be found is the same human being in another visit (`people.csv`), minutes apart, by the
same camera: other poses and distances, but neither another light nor another lens.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np

from castlist.codec.motchallenge import MotRows
from castlist.domain.geometry import iou_matrix
from castlist.domain.records import Int64
from cli.evaluate import read_ground_truth

GALLERY_CROPS, QUERY_CROPS = 16, 4
"""Pictures of a visit, taken at even steps."""

_MAX_OVERLAP = 0.15


def cut_gallery(sequence: Path, folder: Path) -> None:
    """Write `query/` and `bounding_box_test/` of a sequence with `vtest.avi`, `gt.txt` and `people.csv`."""
    rows = read_ground_truth(sequence / "gt.txt")
    people = read_ground_truth(sequence / "gt.txt", sequence / "people.csv").ids
    rows_by_frame = {frame: np.flatnonzero(rows.frame_numbers == frame) for frame in np.unique(rows.frame_numbers).tolist()}
    wanted = {row: name for visit in np.unique(rows.ids).tolist() for row, name in _names(rows, people, visit, rows_by_frame).items()}
    for name in ("query", "bounding_box_test"):
        (folder / name).mkdir(parents=True)
    video = cv2.VideoCapture(str(sequence / "vtest.avi"))
    for frame in range(int(rows.frame_numbers.max()) + 1):
        _, picture = video.read()
        for row in rows_by_frame.get(frame, np.zeros(0, np.int64)).tolist():
            if row in wanted:
                left, top, right, bottom = np.round(rows.boxes[row]).clip(0).astype(int).tolist()
                cv2.imwrite(str(folder / wanted[row]), picture[top:bottom, left:right], (cv2.IMWRITE_JPEG_QUALITY, 95))


def _names(rows: MotRows, people: Int64, visit: int, rows_by_frame: dict[int, Int64]) -> dict[int, str]:
    """Files by row, of the rows that others hardly cover, at even steps; each fifth is a query."""
    own = np.flatnonzero(rows.ids == visit)
    free = [row for row in own.tolist() if _overlap(rows, row, rows_by_frame[int(rows.frame_numbers[row])]) <= _MAX_OVERLAP]
    count = min(GALLERY_CROPS + QUERY_CROPS, len(free))
    chosen = [free[position] for position in np.linspace(0, len(free) - 1, count).round().astype(int).tolist()]
    step = (GALLERY_CROPS + QUERY_CROPS) // QUERY_CROPS
    return {
        row: f"{'query' if position % step == step // 2 else 'bounding_box_test'}/"
        f"{people[row]:04d}_c{visit}s1_{rows.frame_numbers[row]:06d}_00.jpg"
        for position, row in enumerate(chosen)
    }


def _overlap(rows: MotRows, row: int, frame_rows: Int64) -> float:
    others = frame_rows[frame_rows != row]
    return float(iou_matrix(rows.boxes[[row]], rows.boxes[others]).max()) if len(others) else 0.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("sequence", type=Path)
    parser.add_argument("folder", type=Path, help="is made")
    options = parser.parse_args()
    cut_gallery(options.sequence, options.folder)


if __name__ == "__main__":
    main()
