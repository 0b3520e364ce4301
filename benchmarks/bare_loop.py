"""The least work that finds every person: decode, views, forward pass, NMS, on the same threads; nothing else.

`python -m benchmarks.bare_loop VIDEO --threads N [--models DIR]` prints frames, boxes and the seconds of the whole process.
"""

import argparse
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2

from castlist.domain.parameters import DetectParameters
from castlist.domain.video import Segment, VideoPlan
from castlist.manifest import ModelLibrary
from services.detector.algorithms.tiling import views_of
from services.detector.handlers.detect import find_people
from services.detector.models.detector import Detector
from services.detector.models.loaded import LoadedDetectors
from services.detector.video.probe import probe
from services.detector.video.reading import frames_of


def detect_segment(video: Path, plan: VideoPlan, segment: Segment, detector: Detector, tile_side_px: int) -> tuple[int, int]:
    views = views_of(plan.width_px, plan.height_px, tile_side_px)
    parameters = DetectParameters()
    found = [len(find_people(frame.picture, views, detector, parameters)[0]) for frame in frames_of(video, plan, segment)]
    return len(found), sum(found)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("video", type=Path)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--models", type=Path)
    options = parser.parse_args()
    cv2.setNumThreads(1)
    model = ModelLibrary(options.models).preferred("detector")
    assert model is not None, "the default detector comes with the package"
    detector = LoadedDetectors().get(model.entry.name, model.sha256, model.path)
    plan = probe(options.video, 5.0).plan
    with ThreadPoolExecutor(options.threads) as pool:
        counts = list(
            pool.map(lambda segment: detect_segment(options.video, plan, segment, detector, model.entry.tile_side_px), plan.segments)
        )
    print(f"{model.entry.name}: {sum(frames for frames, _ in counts)} frames, {sum(boxes for _, boxes in counts)} boxes")


if __name__ == "__main__":
    main()
