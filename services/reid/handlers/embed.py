"""The embed stage: crops to vectors."""

from dataclasses import replace
from functools import lru_cache
from threading import BoundedSemaphore

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import encode_npz
from castlist.codec.crops_hdf5 import decode_crops
from castlist.codec.messages import decode_model_choice
from castlist.domain.devices import DeviceWish
from castlist.domain.jobs import Task
from castlist.domain.parameters import EmbedParameters, build
from castlist.domain.video import ModelChoice
from castlist.inference.choices import choice_of, is_usable
from castlist.manifest import ModelLibrary
from castlist.ports import ObjectReader, Output, TaskResult
from services.reid.models.crop_images import decode_images
from services.reid.models.embedder import Embedder
from services.reid.models.loading import COLOUR_STRIPES, ModelFiles, load_embedder

_LOADED_MODELS = 4
_WARM_UP_SHAPE = (256, 128, 3)


class EmbedHandler:
    """Embeds one batch of crops. Loaded models are kept, as the next task most likely names the same.

    At most `passes` threads run a network at a time; others read and decode their crops or write vectors meanwhile.
    """

    def __init__(self, models: ModelFiles, device: DeviceWish = DeviceWish.CPU, passes: int = 1) -> None:
        self._models = models
        self._device = device
        self._passes = BoundedSemaphore(passes)
        self._last_choice: tuple[str, ModelChoice] | None = None
        self._embedder = lru_cache(maxsize=_LOADED_MODELS)(self._load)

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:
        """Inputs: `embed_crops`, `embedder`. The batch's composition is the task's, so results do not depend on replicas."""
        parameters = build(EmbedParameters, task.parameters)
        embedder = self._embedder(_without_words(self._choice(task, objects)), parameters.batch_size)
        pack = decode_crops(objects.read(task.ref("embed_crops")))
        pictures = decode_images(pack)
        with self._passes:
            embeddings = embedder.embed(pictures)
        columns: dict[str, NDArray[np.generic]] = {"detection_indices": pack.detection_indices, "embeddings": embeddings}
        return TaskResult((Output("embeddings", encode_npz(columns)),), {"crops": len(pack.images)})

    def warm_up(self, choice: ModelChoice) -> ModelChoice:
        """Load a model and use it once, on a grey crop."""
        self._embedder(_without_words(choice), EmbedParameters().batch_size).embed([np.full(_WARM_UP_SHAPE, 128, np.uint8)])
        return choice

    def _choice(self, task: Task, objects: ObjectReader) -> ModelChoice:
        """The job's model, read once: all of its tasks name the same object."""
        ref, last = task.ref("embedder"), self._last_choice
        if last is None or last[0] != ref.sha256:
            last = self._last_choice = ref.sha256, decode_model_choice(objects.read(ref))
        return last[1]

    def _load(self, choice: ModelChoice, batch_size: int) -> Embedder:
        return load_embedder(choice, self._models, batch_size, self._device)


def preferred_embedder(library: ModelLibrary, device: DeviceWish) -> ModelChoice:
    """What a job gets that names none, as far as this machine knows."""
    found = library.preferred("embedder", is_usable)
    return ModelChoice(COLOUR_STRIPES, "", "", "") if found is None else choice_of(found, device, found.note)


def _without_words(choice: ModelChoice) -> ModelChoice:
    """The choice without what is said about it, which differs between machines."""
    return replace(choice, origin="", note="", licence="")
