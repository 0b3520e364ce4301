"""OSNet (Zhou et al., Omni-Scale Feature Learning for Person Re-Identification, ICCV 2019) from an ONNX file."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import cv2
import numpy as np

from castlist.domain.records import Float32
from castlist.errors import TaskFailed
from castlist.inference.engines import DEFAULT_RUNTIME, Runtime
from castlist.inference.networks import open_network
from services.reid.models.denormals import without_denormals
from services.reid.models.embedder import Picture

T = TypeVar("T")
R = TypeVar("R")

HEIGHT_PX, WIDTH_PX = 256, 128
_MEANS, _DEVIATIONS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's RGB, on which the weights were trained


class OsnetEmbedder:
    """Features before the classifier, 512 numbers for the published weights; D is read from the model.

    The network has one thread: replicas scale better than threads, and one thread gives the same bytes everywhere. Another one
    prepares the next batch meanwhile.
    """

    def __init__(self, path: Path, batch_size: int, runtime: Runtime = DEFAULT_RUNTIME) -> None:
        """Load `path`, an ONNX file with one input `(batch, 3, 256, 128)` and one output `(batch, D)`.

        Raises `TaskFailed` if it is something else.
        """
        try:
            model = without_denormals(path.read_bytes())
        except (OSError, ValueError) as fault:
            raise TaskFailed(f"{path.name} can't be loaded as an ONNX model ({fault}); fetch the weights again") from fault
        self._network = open_network(model, path.name, runtime, any_batch=True)
        (self._input, *_), (self._output, *_) = self._network.inputs, self._network.outputs
        batch, *sides = self._input.shape
        if sides != [3, HEIGHT_PX, WIDTH_PX] or len(self._output.shape) != 2:
            raise TaskFailed(
                f"{path.name} maps {self._input} to {self._output}; an OSNet file maps [batch, 3, {HEIGHT_PX}, {WIDTH_PX}] to [batch, D]"
            )
        self._fixed_batch = isinstance(batch, int)
        self._batch_size = batch if isinstance(batch, int) else batch_size

    def embed(self, crops: Sequence[Picture]) -> Float32:
        batches = [crops[start : start + self._batch_size] for start in range(0, len(crops), self._batch_size)]
        if not batches:
            return np.zeros((0, self._dimension), np.float32)
        with ThreadPoolExecutor(1, "prepare crops") as ahead:
            return np.concatenate([self._forward(batch) for batch in _one_ahead(ahead, _prepare_batch, batches)])

    @property
    def _dimension(self) -> int:
        return int(self._output.shape[1] or 0)

    def _forward(self, batch: Float32) -> Float32:
        missing = self._batch_size - len(batch)
        whole = np.concatenate([batch, np.zeros((missing, *batch.shape[1:]), np.float32)]) if self._fixed_batch and missing else batch
        features: Float32 = self._network.run([self._output.name], {self._input.name: whole})[0]
        return features[: len(batch)].astype(np.float32, copy=False)


def _one_ahead(ahead: ThreadPoolExecutor, work: Callable[[T], R], items: Iterable[T]) -> Iterator[R]:
    """What `map` gives; each item is begun when the one before it is handed out, so that it is made during that one's use."""
    begun: Future[R] | None = None
    for item in items:
        made, begun = begun, ahead.submit(work, item)
        if made is not None:
            yield made.result()
    if begun is not None:
        yield begun.result()


def _prepare_batch(crops: Sequence[Picture]) -> Float32:
    return np.stack([prepare(crop) for crop in crops])


def prepare(crop: Picture) -> Float32:
    """The network's input `(3, 256, 128)`: RGB, ImageNet-normalised. The aspect ratio is not kept, as in training."""
    height, width = crop.shape[:2]
    shrinks = height > HEIGHT_PX and width > WIDTH_PX
    resized = cv2.resize(crop, (WIDTH_PX, HEIGHT_PX), interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR)
    planes = np.empty((3, HEIGHT_PX, WIDTH_PX), np.float32)
    for plane, colour, mean, deviation in zip(planes, (2, 1, 0), _MEANS, _DEVIATIONS, strict=True):
        # One pass a plane takes a third of the time of the same arithmetic on the whole picture.
        np.multiply(resized[:, :, colour], np.float32(1 / (255 * deviation)), out=plane)
        np.subtract(plane, np.float32(mean / deviation), out=plane)
    return planes
