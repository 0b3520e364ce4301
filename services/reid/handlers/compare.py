"""The compare stage: how alike persons look, who is to be merged, and who is who after the user's edits."""

from dataclasses import asdict

import numpy as np
from numpy.typing import NDArray

from castlist.codec.arrays import decode_columns, encode_npy
from castlist.codec.cast import encode_cast
from castlist.codec.documents import encode_json
from castlist.codec.edits import decode_edit
from castlist.codec.messages import decode_model_choice
from castlist.codec.persons import decode_persons
from castlist.codec.tracklets import decode_tracklets
from castlist.domain.cast import cast_before_merging
from castlist.domain.casting import apply_edits
from castlist.domain.jobs import Task
from castlist.domain.joining import persons_of
from castlist.domain.parameters import CompareParameters, build
from castlist.domain.records import Float32, Int64
from castlist.errors import ObjectCorrupt
from castlist.ports import ObjectReader, Output, TaskResult
from services.reid.algorithms.identities import crop_sums, find_identities, identities_document
from services.reid.algorithms.recommendations import recommend, unwanted_pairs
from services.reid.algorithms.similarity import mean_embeddings, owners_of_crops, similarity_matrix

_TYPES: dict[str, tuple[type[np.generic], int]] = {"detection_indices": (np.int64, 1), "embeddings": (np.float32, 2)}


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Compare all persons that have embeddings. Inputs: `embeddings` of every batch, `embedder`, `persons`,
    `tracklets_split`, `edit` of each edit. The cast is compared as it stands after merging and edits.
    """
    parameters = build(CompareParameters, task.parameters)
    choice = decode_model_choice(objects.read(task.ref("embedder")))
    tracklets = decode_tracklets(objects.read(task.ref("tracklets_split"))).tracklets
    before = cast_before_merging(decode_persons(objects.read(task.ref("persons"))))
    cast = apply_edits(before, tracklets, (), [decode_edit(objects.read(ref)) for ref in task.refs("edit")])
    persons = persons_of(cast, tracklets)
    known = {person.person_id: person for person in persons}
    detections, vectors = read_embeddings(task, objects)
    owned = owners_of_crops(detections, persons)
    person_ids, embeddings = mean_embeddings(owned[owned > 0], vectors[owned > 0])
    matrix = similarity_matrix(embeddings)
    found = recommend([known[person_id] for person_id in person_ids.tolist()], matrix, parameters, unwanted_pairs(cast))
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
    sums = crop_sums(tracklets, detections, vectors)
    files["identities.json"] = encode_json(identities_document(find_identities(cast, sums, parameters.similarity_threshold, parameters)))
    warnings = tuple(f"your edit has no effect here: {item.edit}: {item.reason}" for item in cast.unapplied_edits)
    return TaskResult(
        (Output("cast", encode_cast(cast)), *(Output(name, data, published=True) for name, data in files.items())), counts, warnings
    )


def read_embeddings(task: Task, objects: ObjectReader) -> tuple[Int64, Float32]:
    """Detection indices, rising, and the vector of each `(K, D)`. Raises `ObjectCorrupt` where batches do not fit together."""
    batches: list[dict[str, NDArray[np.generic]]] = [
        decode_columns(objects.read(ref), _TYPES, "a batch of embeddings") for ref in task.refs("embeddings")
    ]
    if not batches:
        return np.zeros(0, np.int64), np.zeros((0, 0), np.float32)
    detections = np.concatenate([batch["detection_indices"] for batch in batches]).astype(np.int64, copy=False)
    if len({batch["embeddings"].shape[1] for batch in batches}) > 1 or len(np.unique(detections)) != len(detections):
        raise ObjectCorrupt("the batches of embeddings are not of one model, or share a crop")
    order = np.argsort(detections)
    return detections[order], np.concatenate([batch["embeddings"] for batch in batches]).astype(np.float32, copy=False)[order]
