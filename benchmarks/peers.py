"""Tracks of other trackers on given detections, written as MOTChallenge files; runs in an environment of its own.

    .venv-quality/bin/python -m benchmarks.peers det.txt seqinfo.ini out

SORT, ByteTrack, OC-SORT and BoT-SORT of PyPI `trackers` with the package's defaults, BoT-SORT without camera motion, which
needs frames. They get the sequence's frame rate and the same detections as we, of confidence 0.1 and more.
"""

import sys
from pathlib import Path

import numpy as np
import supervision
import trackers

from castlist.codec.motchallenge import MotRows, format_rows, parse_detections, parse_sequence_info

MIN_CONFIDENCE = 0.1
PEERS = {
    "SORT": lambda rate: trackers.SORTTracker(frame_rate=rate),
    "ByteTrack": lambda rate: trackers.ByteTrackTracker(frame_rate=rate),
    "OC-SORT": lambda rate: trackers.OCSORTTracker(frame_rate=rate),
    "BoT-SORT": lambda rate: trackers.BoTSORTTracker(frame_rate=rate, enable_cmc=False),
}


def follow(detections: MotRows, frame_count: int, tracker: trackers.ByteTrackTracker) -> MotRows:
    """The rows that a tracker gives an id."""
    found = []
    for frame in range(frame_count):
        here = detections.take(np.flatnonzero(detections.frame_numbers == frame))
        seen = tracker.update(supervision.Detections(xyxy=here.boxes.astype(np.float32), confidence=here.confidences.astype(np.float32)))
        if seen.tracker_id is not None:
            kept = seen.tracker_id >= 0
            found += [
                (frame, identity, *box, confidence)
                for identity, box, confidence in zip(seen.tracker_id[kept], seen.xyxy[kept], seen.confidence[kept], strict=True)
            ]
    table = np.array(found, np.float64).reshape(-1, 7)
    return MotRows(table[:, 0].astype(np.int64), table[:, 1].astype(np.int64), table[:, 2:6], table[:, 6])


def main() -> None:
    detections_file, info_file, folder = map(Path, sys.argv[1:])
    info = parse_sequence_info(info_file.read_text(), str(info_file))
    rows = parse_detections(detections_file.read_text(), str(detections_file))
    rows = rows.take(np.flatnonzero(rows.confidences >= MIN_CONFIDENCE))
    for name, make in PEERS.items():
        (folder / f"{name}.mot.txt").write_bytes(format_rows(follow(rows, info.frame_count, make(float(info.frame_rate)))))


if __name__ == "__main__":
    main()
