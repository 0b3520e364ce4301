"""The embed and compare stages: crops to vectors, vectors to similarities and recommendations."""

from dataclasses import asdict, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import decode_npz, encode_npy, encode_npz
from castlist.codec.crops_hdf5 import decode_crops
from castlist.codec.documents import encode_json
from castlist.codec.messages import decode_model_choice
from castlist.codec.persons import decode_persons
from castlist.domain.devices import DeviceWish
from castlist.domain.jobs import Task
from castlist.domain.parameters import CompareParameters, EmbedParameters, build
from castlist.domain.records import Float32, Int64
from castlist.domain.video import ModelChoice
from castlist.errors import ObjectCorrupt
from castlist.inference.choices import choice_of, is_usable
from castlist.manifest import ModelLibrary
from castlist.ports import ObjectReader, Output, TaskResult
from services.reid.algorithms.recommendations import recommend
from services.reid.algorithms.similarity import mean_embeddings, similarity_matrix
from services.reid.models.crop_images import decode_images
from services.reid.models.embedder import Embedder
from services.reid.models.loading import COLOUR_STRIPES, ModelFiles, load_embedder

_LOADED_MODELS = 4
_WARM_UP_SHAPE = (256, 128, 3)


class EmbedHandler:
    """Embeds one batch of crops. Loaded models are kept, as the next task most likely names the same."""

    def __init__(self, models: ModelFiles, device: DeviceWish = DeviceWish.CPU) -> None:
        self._models = models
        self._device = device
        self._embedder = lru_cache(maxsize=_LOADED_MODELS)(self._load)

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:
        """Inputs: `embed_crops`, `embedder`. The batch's composition is the task's, so results do not depend on replicas."""
        parameters = build(EmbedParameters, task.parameters)
        choice = decode_model_choice(objects.read(task.ref("embedder")))
        embedder = self._embedder(_without_words(choice), parameters.batch_size)
        pack = decode_crops(objects.read(task.ref("embed_crops")))
        columns: dict[str, NDArray[np.generic]] = {
            "person_ids": pack.person_ids,
            "detection_indices": pack.detection_indices,
            "embeddings": embedder.embed(decode_images(pack)),
        }
        return TaskResult((Output("embeddings", encode_npz(columns)),), {"crops": len(pack.images)})

    def warm_up(self, choice: ModelChoice) -> ModelChoice:
        """Load a model and use it once, on a grey crop."""
        self._embedder(_without_words(choice), EmbedParameters().batch_size).embed([np.full(_WARM_UP_SHAPE, 128, np.uint8)])
        return choice

    def _load(self, choice: ModelChoice, batch_size: int) -> Embedder:
        return load_embedder(choice, self._models, batch_size, self._device)


def preferred_embedder(library: ModelLibrary, device: DeviceWish) -> ModelChoice:
    """What a job gets that names none, as far as this machine knows."""
    found = library.preferred("embedder", is_usable)
    return ModelChoice(COLOUR_STRIPES, "", "", "") if found is None else choice_of(found, device, found.note)


def _without_words(choice: ModelChoice) -> ModelChoice:
    """The choice without what is said about it, which differs between machines."""
    return replace(choice, origin="", note="", licence="")


def compare(task: Task, objects: ObjectReader) -> TaskResult:
    """Compare all persons that have embeddings. Inputs: `embeddings` of every batch, `embedder`, `canonical_persons.npz`."""
    parameters = build(CompareParameters, task.parameters)
    choice = decode_model_choice(objects.read(task.ref("embedder")))
    known = {person.person_id: person for person in decode_persons(objects.read(task.ref("canonical_persons.npz")))}
    person_ids, embeddings = _person_embeddings(task, objects)
    matrix = similarity_matrix(embeddings)
    found = recommend([known[person_id] for person_id in person_ids.tolist()], matrix, parameters)
    similarity = {
        "person_ids": person_ids,
        "similarity_matrix": matrix,
        "threshold": parameters.similarity_threshold,
        "near_margin": parameters.near_margin,
        "pairs": [[pair.person_1, pair.person_2] for pair in found.recommended],
        "recommended": [asdict(pair) for pair in found.recommended],
        "near": [asdict(pair) for pair in found.near],
        "vetoed": [asdict(pair) for pair in found.vetoed],
        "model": choice.name,
    }
    by_person = dict(zip(person_ids.tolist(), embeddings, strict=True))
    files = {
        "similarity_matrix.json": encode_json(similarity),
        "similarity_matrix.npy": encode_npy(matrix.astype(np.float32)),
        "embeddings.json": encode_json({"embeddings": by_person, "model": choice.name, "dim": embeddings.shape[1]}),
        "embeddings.npy": encode_npy(embeddings),
    }
    counts = {"recommended": len(found.recommended), "near": len(found.near)}
    return TaskResult(tuple(Output(name, data, published=True) for name, data in files.items()), counts)


def _person_embeddings(task: Task, objects: ObjectReader) -> tuple[Int64, Float32]:
    """Persons in rising order and their embeddings. A person's crops are all in one batch, so batches are reduced one by one."""
    parts = [_reduce(objects.read(ref)) for ref in task.refs("embeddings")]
    person_ids = np.concatenate([np.zeros(0, np.int64), *(ids for ids, _ in parts)])
    if len({means.shape[1] for _, means in parts}) > 1 or len(np.unique(person_ids)) != len(person_ids):
        raise ObjectCorrupt("the batches of embeddings are not of one model, or share a person")
    embeddings = np.concatenate([means for _, means in parts]) if parts else np.zeros((0, 0), np.float32)
    order = np.argsort(person_ids)
    return person_ids[order], embeddings[order]


def _reduce(data: bytes) -> tuple[Int64, Float32]:
    columns = decode_npz(data)
    person_ids, embeddings = columns["person_ids"].astype(np.int64), columns["embeddings"].astype(np.float32)
    return mean_embeddings(person_ids, embeddings)
