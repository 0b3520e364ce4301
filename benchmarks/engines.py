"""Which engine runs each network fastest on this machine, and whether bfloat16 leaves its results as good.

`python -m benchmarks.engines --models DIR [--shared DIR] [--rounds 30] [--write]`

Every ONNX file of the folder, and what comes with the package, is run by each installed engine in turns: detectors on a frame of the
example, with what they do before and after; embedders on 16 crops. The least of all rounds counts. With `--shared`, the folder with
PETS09-S2L1, detectors that OpenVINO runs in bfloat16 are judged on every 5th frame of it, embedders on 256 crops. `--write` puts both into
`castlist/models/speeds.json` and `bfloat16.json`, beside what they say of other networks: `auto` chooses by them (docs/models.md).
"""

import argparse
import json
import os
import time
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path

import av
import cv2
import numpy as np

from benchmarks.detection_quality import detections, quality_of, read_truth
from benchmarks.example_crops import EXAMPLE, crop_packs
from castlist.domain.devices import Device
from castlist.domain.geometry import iou_matrix
from castlist.errors import TaskFailed
from castlist.inference import onnx_file
from castlist.inference.engines import BFLOAT16, ENGINES, FLOAT32, OPENVINO, RUN_ONNX_FILES, Runtime
from castlist.inference.measured import BFLOAT16_FILE, SPEEDS_FILE
from castlist.inference.openvino_runtime import has_bfloat16
from castlist.manifest import ModelLibrary, ResolvedModel, entry_named, manifest
from services.detector.algorithms.tiling import views_of
from services.detector.models.loaded import LoadedDetectors
from services.reid.models.crop_images import decode_images
from services.reid.models.embedder import Picture
from services.reid.models.osnet import OsnetEmbedder

BATCH, JUDGED_CROPS, EVERY = 16, 256, 5
MOST_LOSS, LEAST_COSINE, MOST_CHANGE = 0.005, 0.99, 0.02
SURE, ALIKE_IOU = 0.3, 0.9

Pass = Callable[[], object]


def networks(library: ModelLibrary, folder: Path) -> Iterator[ResolvedModel]:
    """Every ONNX file at hand that is used as a detector or embedder."""
    names = [path.name for path in sorted(folder.glob("*.onnx"))] + [entry.file for entry in manifest().values() if entry.url == ""]
    for name in dict.fromkeys(name for name in names if name.endswith(".onnx")):
        entry = entry_named(name)
        model = library.resolve(entry.name) if entry is not None else None
        if model is not None:
            yield model


def runtimes_of(model: ResolvedModel) -> list[Runtime]:
    """Every way in which this machine can run a network on its CPU."""
    stored = onnx_file.precision(model.path.read_bytes())
    found = [
        Runtime(engine, Device.CPU, FLOAT32 if engine == OPENVINO and stored == "float16" else stored)
        for engine in RUN_ONNX_FILES
        if not ENGINES[engine].missing()
    ]
    bfloat16 = [Runtime(OPENVINO, Device.CPU, BFLOAT16)] if not ENGINES[OPENVINO].missing() and has_bfloat16() else []
    return found + bfloat16


def one_pass(model: ResolvedModel, runtime: Runtime, frame: Picture, crops: list[Picture]) -> tuple[Pass, int]:
    """What is timed, and of how many pictures it is. Raises `TaskFailed` where the engine can't run the network."""
    if model.entry.task == "embedder":
        embedder = OsnetEmbedder(model.path, BATCH, runtime)
        return lambda: embedder.embed(crops[:BATCH]), BATCH
    detector = LoadedDetectors().get(model.entry.name, model.sha256, model.path, runtime)
    left, top, right, bottom = views_of(frame.shape[1], frame.shape[0], model.entry.tile_side_px)[0].tolist()
    return lambda: detector.detect(frame[top:bottom, left:right], 0.1), 1


def speeds(model: ResolvedModel, frame: Picture, crops: list[Picture], rounds: int) -> dict[str, float]:
    """Milliseconds a picture by engine and precision, measured in turns."""
    passes: dict[str, tuple[Pass, int]] = {}
    for runtime in runtimes_of(model):
        try:
            passes[f"{runtime.engine} {runtime.precision}"] = one_pass(model, runtime, frame, crops)
        except TaskFailed as failure:
            print(f"{model.entry.file}: {failure}")
    least = dict.fromkeys(passes, float("inf"))
    for number in range(rounds + 1):
        for name, (run, pictures) in passes.items():
            started = time.perf_counter()
            run()
            if number:  # the first round warms up
                least[name] = min(least[name], 1000 * (time.perf_counter() - started) / pictures)
    return {name: round(value, 2) for name, value in least.items()}


def judge_detector(model: ResolvedModel, folder: Path, every: int = EVERY) -> dict[str, object]:
    """AP50 and best F1 in both precisions on PETS09-S2L1, and how many sure boxes stay nearly where they were."""
    library, truth = ModelLibrary(files=[model.path]), read_truth(folder / "gt.txt")
    runtimes = {precision: Runtime(OPENVINO, Device.CPU, precision) for precision in (FLOAT32, BFLOAT16)}
    found = {name: list(detections(folder / "vtest.avi", model.entry.name, library, every, runtime)) for name, runtime in runtimes.items()}
    whole, half = (quality_of(found[name], truth) for name in runtimes)
    alike = [
        (iou_matrix(boxes[sure >= SURE], other).max(axis=1, initial=0) >= ALIKE_IOU).tolist()
        for (_, boxes, sure), (_, other, _) in zip(found[FLOAT32], found[BFLOAT16], strict=True)
    ]
    allowed = whole.ap50 - half.ap50 <= MOST_LOSS and whole.f1 - half.f1 <= MOST_LOSS
    return {
        "frames": whole.frames,
        "ap50": {FLOAT32: round(whole.ap50, 4), BFLOAT16: round(half.ap50, 4)},
        "best_f1": {FLOAT32: round(whole.f1, 4), BFLOAT16: round(half.f1, 4)},
        "sure_boxes_alike": round(float(np.mean(list(chain.from_iterable(alike)))), 4),
        "allowed": allowed,
    }


def judge_embedder(model: ResolvedModel, crops: list[Picture]) -> dict[str, object]:
    """Cosine of each crop's two vectors, and by how much the likeness of two crops changes at most."""
    whole, half = (
        OsnetEmbedder(model.path, BATCH, Runtime(OPENVINO, Device.CPU, precision)).embed(crops) for precision in (FLOAT32, BFLOAT16)
    )
    whole, half = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True) for vectors in (whole, half))
    cosines, change = (whole * half).sum(axis=1), np.abs(whole @ whole.T - half @ half.T).max()
    return {
        "crops": len(crops),
        "least_cosine": round(float(cosines.min()), 5),
        "mean_cosine": round(float(cosines.mean()), 5),
        "largest_change_of_likeness": round(float(change), 5),
        "allowed": bool(cosines.min() >= LEAST_COSINE and change <= MOST_CHANGE),
    }


def example_pictures(count: int) -> tuple[Picture, list[Picture]]:
    """A frame of the example, and crops of people in it."""
    with av.open(str(EXAMPLE)) as container:
        frame = next(container.decode(video=0)).to_ndarray(format="bgr24")
    return frame, decode_images(crop_packs(1, count)[0])


def machine() -> dict[str, object]:
    """What the figures are of."""
    models = [line for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")]
    capabilities = "with" if not ENGINES[OPENVINO].missing() and has_bfloat16() else "without"
    return {
        "cpu": f"{models[0].partition(': ')[2] if models else 'unknown'}, {capabilities} bfloat16, 1 thread of {os.cpu_count()}",
        "engines": [ENGINES[engine].name() for engine in RUN_ONNX_FILES if not ENGINES[engine].missing()],
    }


def write(path: Path, found: dict[str, dict[str, object]], about: dict[str, object]) -> None:
    known = json.loads(path.read_text(encoding="utf-8"))["networks"]
    document = {**about, "networks": known | found}
    path.write_text(json.dumps(document, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--models", type=Path, required=True, metavar="DIR", help="folder with ONNX files")
    parser.add_argument("--shared", type=Path, metavar="DIR", help="folder with gt.txt and vtest.avi of PETS09-S2L1, to judge bfloat16")
    parser.add_argument("--rounds", type=int, default=30)
    parser.add_argument("--write", action="store_true", help="into castlist/models")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    frame, crops = example_pictures(JUDGED_CROPS)
    times: dict[str, dict[str, object]] = {}
    verdicts: dict[str, dict[str, object]] = {}
    for model in networks(ModelLibrary(options.models), options.models):
        found = speeds(model, frame, crops, options.rounds)
        times[model.sha256] = {"file": model.entry.file, "milliseconds": found}
        print(model.entry.file, " ".join(f"{name}: {value}" for name, value in found.items()), flush=True)
        if options.shared is not None and f"{OPENVINO} {BFLOAT16}" in found:
            judged = judge_embedder(model, crops) if model.entry.task == "embedder" else judge_detector(model, options.shared)
            verdicts[model.sha256] = {"file": model.entry.file, **judged}
            print("  ", judged, flush=True)
    if options.write:
        write(SPEEDS_FILE, times, {"machine": machine()})
        write(BFLOAT16_FILE, verdicts, {"bounds": {"loss": MOST_LOSS, "cosine": LEAST_COSINE, "change_of_likeness": MOST_CHANGE}})


if __name__ == "__main__":
    main()
