"""`castlist crops export` of a real job, as a user of the file meets it."""

import csv
import shutil
from pathlib import Path

import h5py
import numpy as np
import pytest

from castlist.codec.documents import decode_json
from cli.main import main


def export(source: object, path: Path, *words: str) -> dict[str, np.ndarray]:
    """Datasets of the exported file by name."""
    assert main(["crops", "export", str(source), "-o", str(path), *words]) == 0
    found: dict[str, np.ndarray] = {}
    with h5py.File(path) as file:
        file.visititems(lambda name, item: found.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None)
        found |= {
            f"metadata.{name}": np.asarray(value) for name, value in file["metadata"].attrs.items() if name.startswith(("num", "total"))
        }
    return found


@pytest.fixture(scope="module")
def exported(embedded_results, tmp_path_factory) -> dict[str, np.ndarray]:
    return export(embedded_results, tmp_path_factory.mktemp("crops") / "crops_by_person.h5")


def persons_in(datasets: dict[str, np.ndarray]) -> list[int]:
    return sorted({int(name[7:10]) for name in datasets if name.startswith("person_")})


def test_every_kept_crop_is_there_with_what_the_results_say_of_it(embedded_results, exported):
    with (embedded_results / "crop_quality.csv").open() as lines:
        rows = {int(row["detection_index"]): row for row in csv.DictReader(lines)}
    with np.load(embedded_results / "canonical_persons.npz") as persons:
        numbers = persons["person_ids"].tolist()
        boxes = dict(zip(persons["detection_indices"].tolist(), persons["bboxes"], strict=True))
    assert set(persons_in(exported)) <= set(numbers)
    assert exported["metadata.num_persons"] == len(persons_in(exported)) > 5
    assert exported["metadata.total_frames"] == decode_json((embedded_results / "appearances.json").read_bytes())["frame_count"]
    shown = {index for index, row in rows.items() if row["animated"] == "1"}
    seen = set()
    for number in persons_in(exported):
        person = f"person_{number:03d}"
        frames = exported[f"{person}/frame_numbers"]
        assert np.all(np.diff(frames) > 0)
        for row, index in enumerate(exported[f"{person}/detection_indices"].tolist()):
            said = rows[index]
            assert (int(said["person_id"]), int(said["frame_number"])) == (number, frames[row])
            assert f"{exported[f'{person}/quality_scores'][row]:.4f}" == said["quality_score"]
            assert int(said["quality_rank"]) == exported[f"{person}/quality_ranks"][row]
            height, width, _ = exported[f"{person}/crops/{row}"].shape
            x1, y1, x2, y2 = exported[f"{person}/bboxes"][row]
            assert abs(height - (y2 - y1)) <= 2
            assert abs(width - (x2 - x1)) <= 2
            assert index in boxes
            seen.add(index)
    assert seen >= shown
    assert exported["metadata.total_crops"] == len(seen)


def test_some_persons_and_some_crops_are_a_part_of_it(embedded_results, exported, tmp_path):
    few = export(embedded_results, tmp_path / "few.h5", "--top", "3", "--crops", "4", "--compression", "none")
    ranking = decode_json((embedded_results / "ranking_results.json").read_bytes())["rankings"]
    assert persons_in(few) == sorted(entry["person_id"] for entry in ranking[:3])
    for number in persons_in(few):
        person = f"person_{number:03d}"
        assert len(few[f"{person}/frame_numbers"]) <= 4
        for row, index in enumerate(few[f"{person}/detection_indices"].tolist()):
            (place,) = np.flatnonzero(exported[f"{person}/detection_indices"] == index)
            np.testing.assert_array_equal(few[f"{person}/crops/{row}"], exported[f"{person}/crops/{place}"])


def test_a_folder_without_its_state_says_what_to_do(embedded_results, tmp_path, capsys):
    copy = tmp_path / "copy"
    shutil.copytree(embedded_results, copy, ignore=shutil.ignore_patterns("jobs"))
    assert main(["crops", "export", str(copy), "-o", str(tmp_path / "a.h5")]) == 2
    assert f"{copy} does not have the crops themselves" in capsys.readouterr().err
    shutil.rmtree(copy / ".castlist")
    assert main(["crops", "export", str(copy), "-o", str(tmp_path / "a.h5")]) == 2
    assert f"{copy} does not say where its crops are" in capsys.readouterr().err
