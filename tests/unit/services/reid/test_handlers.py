"""Both stages with real codecs and real models."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnxruntime
import pytest

from castlist.codec.arrays import decode_npy, decode_npz, encode_npz
from castlist.codec.cast import decode_cast
from castlist.codec.crop_table import encode_crop_table
from castlist.codec.crops_hdf5 import encode_crops
from castlist.codec.edits import encode_edit
from castlist.codec.messages import encode_model_choice
from castlist.codec.persons import encode_persons
from castlist.codec.tracklets import encode_tracklets
from castlist.domain.anchors import PersonAnchor, person_anchor
from castlist.domain.cast import CastPerson
from castlist.domain.devices import DeviceWish
from castlist.domain.edits import Edit, Ignore, KeepApart, Merge, Rename, Undo
from castlist.domain.jobs import Parameter, Stage, Task
from castlist.domain.parameters import EmbedParameters
from castlist.domain.records import CropPack, Person, Tracklet, TrackletSet
from castlist.domain.video import ModelChoice
from castlist.errors import NotReadyForTask, ObjectCorrupt
from castlist.manifest import ModelLibrary
from services.reid.handlers import compare
from services.reid.handlers.embed import EmbedHandler, preferred_embedder
from tests.fixtures.crop_tables import crop_table
from tests.fixtures.stored_objects import StoredObjects

STRIPES = ModelChoice("colour_stripes", "", "castlist", "built in")
OSNET = ModelChoice("osnet_x0_25_msmt17", "ab" * 32, f"onnxruntime {onnxruntime.__version__} cpu float32", "test")


def no_models(choice: ModelChoice) -> Path:
    raise NotReadyForTask(f"no file for {choice.name}")


def crops_of(*people: tuple[int, tuple[int, int, int]]) -> CropPack:
    """One crop of plain colour for each (person, BGR)."""
    rows = np.arange(len(people))
    pictures = [np.tile(np.uint8(colour), (20, 10, 1)) for _, colour in people]
    return CropPack(
        images=tuple(cv2.imencode(".jpg", picture)[1].tobytes() for picture in pictures),
        frame_numbers=rows,
        detection_indices=rows * 7,
        boxes=np.zeros((len(people), 4), np.float32),
        confidences=np.ones(len(people), np.float32),
        sharpness=np.ones(len(people), np.float32),
        shapes=np.tile((20, 10), (len(people), 1)),
        person_ids=np.array([person_id for person_id, _ in people], np.int64),
    )


def embed(handler: EmbedHandler, pack: CropPack, choice: ModelChoice = STRIPES, batch_size: int = 2) -> dict[str, np.ndarray]:
    objects = StoredObjects()
    inputs = (objects.add("embed_crops", encode_crops(pack)), objects.add("embedder", encode_model_choice(choice)))
    result = handler(Task("job", Stage.EMBED, 3, 0, {"batch_size": Parameter(batch_size, "request")}, inputs), objects)
    assert result.counts == {"crops": len(pack.images)}
    (output,) = result.outputs
    assert (output.name, output.published) == ("embeddings", False)
    return decode_npz(output.data)


def test_stripes_need_no_file() -> None:
    found = embed(EmbedHandler(no_models), crops_of((1, (0, 0, 255)), (1, (0, 0, 250)), (4, (255, 0, 0))))
    assert found["detection_indices"].tolist() == [0, 7, 14]
    assert found["embeddings"].shape == (3, 1536)
    assert found["embeddings"].dtype == np.float32


def test_weights_come_from_the_resolver_once(make_model, tmp_path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(make_model())
    asked: list[str] = []

    def models(choice: ModelChoice) -> Path:
        asked.append(choice.sha256)
        return path

    handler = EmbedHandler(models)
    pack = crops_of((1, (0, 0, 255)), (2, (255, 0, 0)), (3, (0, 255, 0)))
    first, second = embed(handler, pack, OSNET), embed(handler, pack, OSNET)
    assert asked == ["ab" * 32]
    assert first["embeddings"].shape == (3, 3)
    np.testing.assert_array_equal(first["embeddings"], second["embeddings"])


def test_a_worker_without_the_weights_is_not_ready() -> None:
    with pytest.raises(NotReadyForTask, match="osnet_x0_25_msmt17"):
        embed(EmbedHandler(no_models), crops_of((1, (0, 0, 255))), OSNET)


@pytest.mark.parametrize(
    ("name", "runtime", "words"),
    [
        ("osnet_x0_25_msmt17", "onnxruntime 0.1 cpu float32", "give all workers the same version"),
        ("osnet_x9", OSNET.runtime, "does not know the embedder 'osnet_x9'; give all workers the same version"),
        ("osnet_x0_25_msmt17", OSNET.runtime.replace("cpu", "cuda"), "CASTLIST_DEVICE keeps it on the CPU; mend that, or set"),
    ],
)
def test_a_worker_with_another_runtime_is_not_ready(name, runtime, words, make_model, tmp_path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(make_model())
    with pytest.raises(NotReadyForTask, match=words):
        embed(EmbedHandler(lambda _: path), crops_of((1, (0, 0, 255))), replace(OSNET, name=name, runtime=runtime))


def person(person_id: int, frames: list[int]) -> Person:
    numbers = np.array(frames, np.int64)
    rows = len(numbers)
    return Person(person_id, (person_id,), numbers, numbers, np.zeros((rows, 4), np.float32), np.ones(rows, np.float32))


def tracklet(of: Person) -> Tracklet:
    return Tracklet(of.person_id, of.frame_numbers, of.detection_indices, of.boxes, of.confidences)


def one_tracklet_each(persons: list[Person]) -> TrackletSet:
    """Tracklets with their persons' numbers."""
    return TrackletSet(np.arange(100), tuple(map(tracklet, persons)), tuple(each.person_id for each in persons))


def anchor(of: Person) -> PersonAnchor:
    return person_anchor(of.person_id, [tracklet(of)])


def run_compare(batches, persons, *edits: Edit, **parameters):
    """`batches`: detection indices and vectors of each."""
    objects = StoredObjects()
    inputs = [
        objects.add("embeddings", encode_npz({"detection_indices": np.array(indices, np.int64), "embeddings": np.array(rows, np.float32)}))
        for indices, rows in batches
    ]
    inputs += [objects.add("embedder", encode_model_choice(STRIPES)), objects.add("persons", encode_persons(persons))]
    inputs.append(objects.add("tracklets_split", encode_tracklets(one_tracklet_each(persons))))
    inputs.append(objects.add("crop_table", encode_crop_table(crop_table({}))))
    inputs += [objects.add("edit", encode_edit(edit)) for edit in edits]
    values = {name: Parameter(value, "request") for name, value in parameters.items()}
    return compare.handle(Task("job", Stage.COMPARE, 0, 0, values, tuple(inputs)), objects)


def test_compare_publishes_matrix_and_embeddings() -> None:
    batches = [([50, 51], [[0, 2], [0, 4]]), ([10, 25, 99], [[3, 0], [0.6, 0.8], [1, 1]])]
    persons = [person(1, [10, 11]), person(2, [25]), person(3, [39]), person(5, [50, 51])]
    result = run_compare(batches, persons)
    assert result.counts == {"recommended": 1, "near": 0, "merge_steps": 0}
    files = {output.name: output.data for output in result.outputs if output.published}
    assert list(files) == [
        "similarity_matrix.json",
        "similarity_matrix.npy",
        "embeddings.json",
        "embeddings.npy",
        "identities.json",
        "merge_plan.json",
        "calibration.json",
    ]
    assert json.loads(files["similarity_matrix.json"]) == {
        "person_ids": [1, 2, 5],
        "similarity_matrix": [[1.0, 0.6, 0.0], [0.6, 1.0, 0.8], [0.0, 0.8, 1.0]],
        "threshold": 0.7,
        "near_margin": 0.05,
        "pairs": [[2, 5]],
        "recommended": [{"person_1": 2, "person_2": 5, "similarity": 0.8}],
        "near": [],
        "vetoed": [],
        "model": "colour_stripes",
    }
    matrix = decode_npy(files["similarity_matrix.npy"])
    assert matrix.dtype == np.float32
    np.testing.assert_allclose(matrix, [[1, 0.6, 0], [0.6, 1, 0.8], [0, 0.8, 1]])
    assert json.loads(files["embeddings.json"]) == {
        "embeddings": {"1": [1.0, 0.0], "2": [0.6, 0.8], "5": [0.0, 1.0]},
        "model": "colour_stripes",
        "dim": 2,
    }
    np.testing.assert_allclose(decode_npy(files["embeddings.npy"]), [[1, 0], [0.6, 0.8], [0, 1]])


def test_the_matrix_of_very_many_persons_is_not_written_as_text() -> None:
    persons = [person(number, [number]) for number in range(1, 1002)]
    angles = np.linspace(0, 3, len(persons))
    result = run_compare(
        [(list(range(1, 1002)), np.stack([np.cos(angles), np.sin(angles)], axis=1))], persons, similarity_threshold=0.99999
    )
    files = {output.name: output.data for output in result.outputs if output.published}
    document = json.loads(files["similarity_matrix.json"])
    assert document["similarity_matrix"] is None
    assert document["person_ids"] == list(range(1, 1002))
    assert document["pairs"][0] == [1, 2]
    assert decode_npy(files["similarity_matrix.npy"]).shape == (1001, 1001)


def test_compare_says_how_well_identities_hold_together() -> None:
    """Every person has one tracklet here, so there is nothing to compare within one."""
    result = run_compare([([10], [[1, 0]]), ([25], [[0, 1]])], [person(1, [10, 11]), person(2, [25]), person(3, [39])])
    (document,) = (json.loads(output.data) for output in result.outputs if output.name == "identities.json")
    assert [(identity["person_id"], identity["tracklet_ids"], identity["outlier"]) for identity in document["identities"]] == [
        (1, [1], False),
        (2, [2], False),
        (3, [3], False),
    ]
    assert document["cluster_metrics"]["total_clusters"] == document["cluster_metrics"]["singleton_count"] == 3


LOOKS = [([10, 25, 50], [[1, 0], [0.9, 0.1], [0.95, 0.05]])]
ALIKE = [person(1, [10, 11]), person(2, [25]), person(3, [50])]


def recommended(*edits: Edit) -> list[list[int]]:
    pairs: list[list[int]] = json.loads(run_compare(LOOKS, ALIKE, *edits).outputs[1].data)["pairs"]
    return sorted(pairs)


def test_the_cast_is_compared_as_it_stands_after_edits() -> None:
    assert recommended() == [[1, 2], [1, 3], [2, 3]]
    merge = Merge((anchor(ALIKE[0]), anchor(ALIKE[2])))
    result = run_compare(LOOKS, ALIKE, merge)
    document = json.loads(result.outputs[1].data)
    assert (document["person_ids"], document["pairs"]) == ([1, 2], [[1, 2]])
    assert decode_cast(result.outputs[0].data).persons[0] == CastPerson(1, (1, 3), (1, 3))
    assert run_compare(LOOKS, ALIKE, merge, Undo()) == run_compare(LOOKS, ALIKE)


def test_who_is_kept_apart_or_ignored_is_not_recommended() -> None:
    assert recommended(KeepApart(anchor(ALIKE[2]), anchor(ALIKE[0]))) == [[1, 2], [2, 3]]
    assert recommended(Ignore(anchor(ALIKE[1]))) == [[1, 3]]


def test_an_edit_without_effect_is_a_warning() -> None:
    result = run_compare(LOOKS, ALIKE, Rename(anchor(person(9, [70])), "Ida"))
    assert result.warnings == ("your edit has no effect here: call person 9 Ida: nobody is seen where person 9 was",)


def test_compare_keeps_degenerate_persons() -> None:
    result = run_compare([([0, 1], [[np.nan, 1], [1, 0]])], [person(1, [0]), person(2, [1])])
    matrix = json.loads(result.outputs[1].data)["similarity_matrix"]
    assert matrix == [[1.0, 0.0], [0.0, 1.0]]


def test_compare_with_nobody_to_compare() -> None:
    result = run_compare([], [person(1, [0])])
    document = json.loads(result.outputs[1].data)
    assert (document["person_ids"], document["similarity_matrix"], document["pairs"]) == ([], [], [])
    assert decode_npy(result.outputs[2].data).shape == (0, 0)
    assert result.counts == {"recommended": 0, "near": 0, "merge_steps": 0}


@pytest.mark.parametrize("second", [([1], [[1, 0, 0]]), ([0], [[1, 0]])])
def test_batches_that_do_not_fit_together_are_refused(second) -> None:
    with pytest.raises(ObjectCorrupt, match="not of one model, or share a crop"):
        run_compare([([0], [[1, 0]]), second], [person(1, [0]), person(2, [1])])


def test_the_order_of_batches_does_not_matter() -> None:
    batches = [([0], [[1, 0]]), ([1], [[0.9, 0.1]])]
    persons = [person(1, [0]), person(2, [1])]
    assert run_compare(batches, persons) == run_compare(batches[::-1], persons)


def test_a_warm_handler_has_loaded_what_the_first_task_names(make_model, tmp_path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(make_model())
    asked: list[str] = []

    def models(choice: ModelChoice) -> Path:
        asked.append(choice.sha256)
        return path

    handler = EmbedHandler(models)
    handler.warm_up(replace(OSNET, origin="models folder", note="another export", licence="MIT"))
    assert asked == ["ab" * 32]
    embed(handler, crops_of((1, (0, 0, 255))), OSNET, batch_size=EmbedParameters().batch_size)
    assert asked == ["ab" * 32]


def test_what_is_warmed_up_is_what_a_job_gets_that_names_nothing(make_model, tmp_path) -> None:
    assert preferred_embedder(ModelLibrary(), DeviceWish.CPU).name == "colour_stripes"
    (tmp_path / "osnet_x0_25_msmt17.onnx").write_bytes(make_model())
    preferred = preferred_embedder(ModelLibrary(tmp_path), DeviceWish.CPU)
    weights = hashlib.sha256(make_model()).hexdigest()
    assert (preferred.name, preferred.sha256, preferred.runtime) == ("osnet_x0_25_msmt17", weights, OSNET.runtime)
    EmbedHandler(no_models).warm_up(preferred_embedder(ModelLibrary(), DeviceWish.CPU))
