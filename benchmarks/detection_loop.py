"""The least work that finds every person of some segments: decode, views, forward pass, suppression; nothing is stored or announced.

`python -m benchmarks.detection_loop VIDEO --models DIR --threads N --segments M [--times K] [--apart]` does all segments K times for
each line that it reads, and prints frames a second. `--apart` decodes in processes of their own, as the service does; otherwise the
threads decode.
"""

import argparse
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2

from castlist.domain.decoding import DecodingLimits
from castlist.domain.devices import CPU_ALONE, DeviceWish
from castlist.domain.parameters import DetectParameters, PlanParameters
from castlist.inference.engines import check_runtime
from castlist.manifest import ModelLibrary, entry_named
from services.detector.algorithms.tiling import views_of
from services.detector.handlers.detect import find_people
from services.detector.models.choosing import ModelChooser
from services.detector.models.loaded import LoadedDetectors
from services.detector.video.decoders import decoders_of
from services.detector.video.probe import probe
from services.detector.video.reading import frames_of
from services.detector.video.records import ReadingReport


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("video", type=Path)
    parser.add_argument("--models", type=Path, required=True)
    parser.add_argument("--detector", default="auto")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--segments", type=int, required=True)
    parser.add_argument("--times", type=int, default=1)
    parser.add_argument("--apart", action="store_true")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    library = ModelLibrary(options.models)
    choice = ModelChooser(library, CPU_ALONE).detector(options.detector)
    entry = entry_named(choice.name)
    assert entry is not None
    detector = LoadedDetectors().get(
        choice.name, choice.sha256, library.path_of(choice), check_runtime(choice, entry.engine, DeviceWish.CPU)
    )
    plan, parameters = probe(options.video, PlanParameters().segment_s).plan, DetectParameters()
    views = views_of(plan.width_px, plan.height_px, entry.tile_side_px)
    decoders = decoders_of(DecodingLimits())
    if options.apart:
        decoders.prepare(options.threads)

    def frames_found(index: int) -> int:
        segment = plan.segments[index]
        read = decoders.frames_of if options.apart else frames_of
        return sum(
            1 for frame in read(options.video, plan, segment, ReadingReport()) if find_people(frame.picture, views, detector, parameters)
        )

    with ThreadPoolExecutor(options.threads) as pool:
        list(pool.map(frames_found, range(options.threads)))
        for _ in sys.stdin:
            started = time.perf_counter()
            frames = sum(pool.map(frames_found, [*range(options.segments)] * options.times))
            print(frames / (time.perf_counter() - started), frames, flush=True)


if __name__ == "__main__":
    main()
