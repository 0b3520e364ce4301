"""Write a detector's detections of a video as MOTChallenge text, gzipped if the name says so.

    python benchmarks/detect_to_mot.py examples/campus.mp4 campus.det.txt.gz --model yolox_nano --models FOLDER

The same detections as in a job, boxes to 0.01 pixel and confidences to 0.0001.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
from detection_quality import detections

from castlist.codec.motchallenge import MotRows, format_rows
from castlist.manifest import ModelLibrary


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("video", type=Path)
    parser.add_argument("output", type=Path, metavar="det.txt[.gz]")
    parser.add_argument("--model", default="ssdlite_pedestrian")
    parser.add_argument("--models", type=Path, metavar="FOLDER")
    options = parser.parse_args()
    found = list(detections(options.video, options.model, ModelLibrary(options.models), every=1))
    frame_numbers = np.repeat([number for number, _, _ in found], [len(boxes) for _, boxes, _ in found]).astype(np.int64)
    rows = MotRows(
        frame_numbers=frame_numbers,
        ids=np.full(len(frame_numbers), -1),
        boxes=np.concatenate([boxes for _, boxes, _ in found]).astype(np.float64),
        confidences=np.concatenate([confidences for _, _, confidences in found]).astype(np.float64),
    )
    text = format_rows(rows)
    options.output.write_bytes(gzip.compress(text, mtime=0) if options.output.suffix == ".gz" else text)
    print(f"{len(frame_numbers)} detections in {len(found)} frames")


if __name__ == "__main__":
    main()
