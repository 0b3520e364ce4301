"""The compare stage: how alike persons look, who is to be merged, and who is who after the user's edits."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np

from castlist.codec.arrays import encode_npy
from castlist.codec.cast import encode_cast
from castlist.codec.crop_table import decode_crop_table
from castlist.codec.documents import encode_json
from castlist.codec.edits import decode_edit
from castlist.codec.embeddings import decode_embeddings
from castlist.codec.messages import decode_model_choice
from castlist.codec.persons import decode_persons
from castlist.codec.tracklets import decode_tracklets
from castlist.domain.cast import Cast, cast_before_merging
from castlist.domain.casting import apply_edits
from castlist.domain.edits import Edit, standing_after
from castlist.domain.jobs import Task
from castlist.domain.joining import persons_of
from castlist.domain.ownership import owners, owners_of
from castlist.domain.parameters import CompareParameters, build
from castlist.domain.records import Person, Tracklet
from castlist.ports import ObjectReader, Output, TaskResult
from services.reid.algorithms.identities import crop_sums, find_identities, identities_document
from services.reid.algorithms.merge_plan import CropVectors, Plan, calibration_document, make_plan, plan_document
from services.reid.algorithms.person_looks import person_looks
from services.reid.algorithms.recommendations import Recommendations, recommend, unwanted_pairs
from services.reid.algorithms.similarity import similarity_matrix

AUTO = "auto"
_WRITTEN_PERSONS = 1000  # as text the matrix of more takes more time and room than all else; `similarity_matrix.npy` always has it


def handle(task: Task, objects: ObjectReader) -> TaskResult:
    """Compare all persons that have embeddings, plan merges and make the cast of a revision.

    Inputs: `embeddings` of every batch, `embedder`, `crop_table`, `persons`, `tracklets_split`, `edit` of each edit. The
    similarities are those of the cast as it stands after merging and edits.
    """
    parameters = build(CompareParameters, task.parameters)
    model = decode_model_choice(objects.read(task.ref("embedder"))).name
    tracklets = decode_tracklets(objects.read(task.ref("tracklets_split"))).tracklets
    persons = decode_persons(objects.read(task.ref("persons")))
    edits = [decode_edit(objects.read(ref)) for ref in task.refs("edit")]
    crops = CropVectors(
        decode_crop_table(objects.read(task.ref("crop_table"))), *decode_embeddings(objects.read(ref) for ref in task.refs("embeddings"))
    )
    cast, plan, merged = _cast(persons, tracklets, crops, edits, parameters)
    documents, found = _similarities(persons_of(cast, tracklets), cast, crops, parameters)
    sums = crop_sums(tracklets, crops.detections, crops.vectors, crops.covered(parameters.clear_overlap))
    identities = find_identities(cast, sums, plan.calibration.threshold, parameters)
    files = _files(documents, model) | {
        "identities.json": encode_json(identities_document(identities)),
        "merge_plan.json": encode_json(plan_document(plan, parameters.merge, applied=merged)),
        "calibration.json": encode_json(calibration_document(plan.calibration)),
    }
    counts = {"recommended": len(found.recommended), "near": len(found.near), "merge_steps": len(plan.automatic())}
    warnings = tuple(f"your edit has no effect here: {item.edit}: {item.reason}" for item in cast.unapplied_edits)
    return TaskResult(
        (Output("cast", encode_cast(cast)), *(Output(name, data, published=True) for name, data in files.items())), counts, warnings
    )


def _cast(
    persons: Sequence[Person], tracklets: Sequence[Tracklet], crops: CropVectors, edits: Sequence[Edit], parameters: CompareParameters
) -> tuple[Cast, Plan, bool]:
    """The cast, the plan, and whether its sure steps are part of the cast.

    What is merged automatically hangs on the analysis alone, so that an edit changes nothing but what it says; a plan that is
    only shown starts from the cast as it was edited.
    """
    before = cast_before_merging(persons)
    if parameters.merge == AUTO:
        plan = make_plan(persons, tracklets, crops, None, parameters)
        return apply_edits(before, tracklets, plan.automatic(), edits), plan, standing_after(edits).merged_automatically
    cast = apply_edits(before, tracklets, (), edits)
    return cast, make_plan(persons, tracklets, crops, cast, parameters), False


def _similarities(
    persons: Sequence[Person], cast: Cast, crops: CropVectors, parameters: CompareParameters
) -> tuple[dict[str, Any], Recommendations]:
    """Of all persons who have embeddings, sound ones or not."""
    owned = set(np.unique(owners_of(crops.detections, owners(persons))).tolist())
    compared = [person for person in persons if person.person_id in owned]
    looks = person_looks(compared, crops.table, crops.detections, crops.vectors, parameters.clear_overlap)
    matrix = similarity_matrix(looks.directions)
    found = recommend(compared, matrix, parameters, unwanted_pairs(cast))
    documents = {
        "person_ids": np.array([person.person_id for person in compared], np.int64),
        "similarity_matrix": matrix if len(compared) <= _WRITTEN_PERSONS else None,
        "threshold": parameters.similarity_threshold,
        "near_margin": parameters.near_margin,
        "pairs": [[pair.person_1, pair.person_2] for pair in found.recommended],
        "recommended": [asdict(pair) for pair in found.recommended],
        "near": [asdict(pair) for pair in found.near],
        "vetoed": [asdict(pair) for pair in found.vetoed],
    }
    return {"similarities": documents, "matrix": matrix, "embeddings": looks.directions}, found


def _files(documents: Mapping[str, Any], model: str) -> dict[str, bytes]:
    similarities, embeddings = documents["similarities"], documents["embeddings"]
    by_person = dict(zip(similarities["person_ids"].tolist(), embeddings, strict=True))
    return {
        "similarity_matrix.json": encode_json(similarities | {"model": model}),
        "similarity_matrix.npy": encode_npy(documents["matrix"].astype(np.float32)),
        "embeddings.json": encode_json({"embeddings": by_person, "model": model, "dim": embeddings.shape[1]}),
        "embeddings.npy": encode_npy(embeddings),
    }
