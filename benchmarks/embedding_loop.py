"""The least work that embeds crops: prepare, forward pass, nothing else; the pictures lie decoded in memory.

`python -m benchmarks.embedding_loop WEIGHTS PACKS_DIR --batch 16 --threads N` embeds all packs once for each line that it reads, and
prints crops a second and CPU-ms a crop. WEIGHTS is an ONNX file; with a checkpoint of torchreid (`.pth`) and `--architecture` its
FeatureExtractor does the work instead.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import onnxruntime as ort

from castlist.codec.crops_hdf5 import decode_crops
from services.reid.models.crop_images import decode_images
from services.reid.models.denormals import without_denormals
from services.reid.models.embedder import Picture
from services.reid.models.osnet import prepare

Embed = Callable[[Sequence[Picture]], object]


def onnx_loop(weights: Path) -> Embed:
    options = ort.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    session = ort.InferenceSession(without_denormals(weights.read_bytes()), options, providers=["CPUExecutionProvider"])
    name = session.get_inputs()[0].name
    return lambda pictures: session.run(None, {name: np.stack([prepare(picture) for picture in pictures])})


def torchreid_loop(checkpoint: Path, architecture: str) -> Embed:
    import torch  # noqa: PLC0415 - gigabytes, where it is installed
    from torchreid.reid.utils import FeatureExtractor  # noqa: PLC0415

    torch.set_num_threads(1)
    extractor = FeatureExtractor(architecture, str(checkpoint), device="cpu", verbose=False)
    return lambda pictures: extractor([picture[:, :, ::-1].copy() for picture in pictures])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("weights", type=Path)
    parser.add_argument("packs", type=Path)
    parser.add_argument("--batch", type=int, required=True)
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--architecture", default="", help="of a checkpoint of torchreid")
    options = parser.parse_args()
    cv2.setNumThreads(1)
    packs = [decode_images(decode_crops(path.read_bytes())) for path in sorted(options.packs.iterdir())]
    embed = torchreid_loop(options.weights, options.architecture) if options.architecture else onnx_loop(options.weights)
    batches = [pack[start : start + options.batch] for pack in packs for start in range(0, len(pack), options.batch)]
    crops = sum(len(pack) for pack in packs)
    with ThreadPoolExecutor(options.threads) as pool:
        list(pool.map(embed, batches[: 2 * options.threads]))
        for _ in sys.stdin:
            started, cpu_started = time.perf_counter(), time.process_time()
            list(pool.map(embed, batches))
            print(crops / (time.perf_counter() - started), 1000 * (time.process_time() - cpu_started) / crops, flush=True)


if __name__ == "__main__":
    main()
