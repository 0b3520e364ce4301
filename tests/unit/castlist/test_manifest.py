import hashlib
import re
import shutil
from dataclasses import fields
from pathlib import Path

import pytest

from castlist.domain.parameters import PlanParameters
from castlist.domain.video import ModelChoice
from castlist.errors import NotReadyForTask, UsageError
from castlist.inference.engines import ENGINES
from castlist.manifest import PACKAGED_FOLDER, ModelEntry, ModelLibrary, best_to_be_had, entry_named, file_sha256, manifest

OTHER_WEIGHTS = b"other weights"
OTHER_SHA256 = hashlib.sha256(OTHER_WEIGHTS).hexdigest()
SSDLITE = manifest()["ssdlite_pedestrian"]


def choice(name: str, sha256: str) -> ModelChoice:
    return ModelChoice(name, sha256, "onnxruntime", "somewhere")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "mine"
    path.mkdir()
    return path


def test_every_model_is_described() -> None:
    found = {task: [entry.name for entry in manifest().values() if entry.task == task] for task in ("detector", "embedder")}
    assert found == {
        "detector": ["ultralytics_yolo", "ultralytics_yolo_torchscript", "yolox_nano", "ssdlite_pedestrian"],
        "embedder": [
            "osnet_torchreid",
            "osnet_x0_25_msmt17",
            "osnet_x0_5_msmt17",
            "osnet_x0_75_msmt17",
            "osnet_x1_0_msmt17",
            "osnet_ain_x1_0_msmt17",
            "osnet_x0_25_market1501",
            "osnet_x0_5_market1501",
            "osnet_x0_75_market1501",
            "osnet_x1_0_market1501",
        ],
    }
    for entry in manifest().values():
        assert all((entry.licence, entry.source, entry.input, entry.quality))
        assert entry.engine in ENGINES
    assert len({entry.file for entry in manifest().values()}) == len(manifest())


@pytest.mark.parametrize("entry", [entry for entry in manifest().values() if not entry.brought], ids=lambda entry: entry.name)
def test_what_everybody_can_have_is_pinned(entry: ModelEntry) -> None:
    assert re.fullmatch(r"[0-9a-f]{64}", entry.sha256)
    assert entry.url.startswith("https://") or (PACKAGED_FOLDER / entry.file).is_file()
    assert entry.size_bytes > 0


def test_a_model_of_the_users_own_is_taken_from_their_folder_alone_and_first(folder: Path, tmp_path: Path) -> None:
    for place in (folder, tmp_path / "cache"):
        place.mkdir(exist_ok=True)
        (place / "ultralytics_yolo.onnx").write_bytes(OTHER_WEIGHTS)
    cached, brought = ModelLibrary(cache_folder=tmp_path / "cache"), ModelLibrary(folder)
    assert cached.resolve("ultralytics_yolo") is None
    found = brought.preferred("detector")
    assert found is not None
    assert (found.entry.name, found.sha256, found.note) == ("ultralytics_yolo", OTHER_SHA256, "")
    unusable = brought.preferred("detector", lambda entry: not entry.brought)
    assert unusable is not None
    assert unusable.entry.name == "ssdlite_pedestrian"
    assert best_to_be_had("detector").name == "yolox_nano"


def test_every_model_can_be_asked_for_by_its_name() -> None:
    choices = {spec.name: set(spec.metadata["choices"]) for spec in fields(PlanParameters) if spec.name in ("detector", "embedder")}
    names = {task: {entry.name for entry in manifest().values() if entry.task == task} for task in ("detector", "embedder")}
    assert choices == {"detector": names["detector"] | {"auto"}, "embedder": names["embedder"] | {"auto", "colour_stripes"}}


def test_a_file_of_the_users_own_is_asked_for_by_its_name(folder: Path) -> None:
    (folder / "best.onnx").write_bytes(OTHER_WEIGHTS)
    found = ModelLibrary(folder).resolve("best.onnx")
    assert found is not None
    assert (found.entry.name, found.entry.task, found.entry.engine) == ("best.onnx", "detector", "onnxruntime")
    assert (found.path, found.sha256, found.origin, found.note) == (folder / "best.onnx", OTHER_SHA256, "models folder", "")
    assert ModelLibrary(folder).path_of(choice("best.onnx", OTHER_SHA256)) == folder / "best.onnx"
    with pytest.raises(NotReadyForTask, match=r"no weights best\.onnx with SHA-256 000000000000"):
        ModelLibrary(folder).path_of(choice("best.onnx", "0" * 64))


def test_a_file_that_is_pointed_at_goes_first(folder: Path, tmp_path: Path) -> None:
    (folder / "best.onnx").write_bytes(OTHER_WEIGHTS)
    (tmp_path / "best.onnx").write_bytes(b"pointed at")
    found = ModelLibrary(folder, files=[tmp_path / "best.onnx"]).resolve("best.onnx")
    assert found is not None
    assert (found.path, found.origin) == (tmp_path / "best.onnx", "named by its path")


def test_the_file_of_a_model_of_the_manifest_is_that_model() -> None:
    assert entry_named("ssdlite_pedestrian.onnx") is SSDLITE
    assert entry_named("osnet_x0_25_msmt17.onnx") is manifest()["osnet_x0_25_msmt17"]


@pytest.mark.parametrize("name", ["../best.onnx", "/best.onnx", "a/b.onnx", ".onnx", ".best.onnx", "best.pt", "best", "a\\b.onnx", ""])
def test_a_file_is_named_without_any_folder(name: str) -> None:
    assert entry_named(name) is None


def test_a_wider_osnet_is_for_those_who_ask_and_where_there_is_no_other(folder: Path) -> None:
    (folder / "osnet_x1_0_msmt17.onnx").write_bytes(OTHER_WEIGHTS)
    alone = ModelLibrary(folder).preferred("embedder")
    (folder / "osnet_x0_25_msmt17.onnx").write_bytes(b"the default's")
    beside = ModelLibrary(folder).preferred("embedder")
    assert alone is not None
    assert beside is not None
    assert (alone.entry.name, alone.sha256, beside.entry.name) == ("osnet_x1_0_msmt17", OTHER_SHA256, "osnet_x0_25_msmt17")
    assert best_to_be_had("embedder").name == "osnet_x0_25_msmt17"


def test_the_packaged_weights_are_the_manifests() -> None:
    path = PACKAGED_FOLDER / SSDLITE.file
    assert (path.stat().st_size, file_sha256(path)) == (SSDLITE.size_bytes, SSDLITE.sha256)
    assert (PACKAGED_FOLDER / "LICENSE.ssdlite_pedestrian").read_text().startswith("MIT License")


def test_the_packaged_default_is_always_at_hand() -> None:
    found = ModelLibrary().resolve("ssdlite_pedestrian")
    assert found is not None
    assert (found.origin, found.note) == ("comes with Castlist", "")
    assert ModelLibrary().preferred("detector") == found


def test_what_is_not_at_hand_is_none() -> None:
    assert ModelLibrary().resolve("yolox_nano") is None
    assert ModelLibrary().preferred("embedder") is None


def test_a_name_that_nobody_knows() -> None:
    with pytest.raises(KeyError):
        ModelLibrary().resolve("yolox_huge")


def test_other_weights_in_the_users_folder_are_used_and_said(folder: Path) -> None:
    (folder / "yolox_nano.onnx").write_bytes(OTHER_WEIGHTS)
    found = ModelLibrary(folder).resolve("yolox_nano")
    assert found is not None
    assert (found.path, found.sha256, found.origin) == (folder / "yolox_nano.onnx", OTHER_SHA256, "models folder")
    assert found.note.startswith("yolox_nano.onnx is not the manifest's file")


def test_the_manifests_weights_in_the_users_folder_need_no_note(folder: Path) -> None:
    shutil.copy(PACKAGED_FOLDER / SSDLITE.file, folder)
    found = ModelLibrary(folder).resolve("ssdlite_pedestrian")
    assert found is not None
    assert (found.origin, found.note) == ("models folder", "")


def test_other_weights_in_the_cache_are_none(folder: Path) -> None:
    (folder / "yolox_nano.onnx").write_bytes(OTHER_WEIGHTS)
    assert ModelLibrary(cache_folder=folder).resolve("yolox_nano") is None


def test_the_folder_goes_before_the_cache_and_the_cache_before_the_package(folder: Path, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    cache.mkdir()
    shutil.copy(PACKAGED_FOLDER / SSDLITE.file, cache)
    library = ModelLibrary(folder, cache)
    first = library.resolve("ssdlite_pedestrian")
    (folder / SSDLITE.file).write_bytes(OTHER_WEIGHTS)
    second = library.resolve("ssdlite_pedestrian")
    assert first is not None
    assert second is not None
    assert (first.origin, second.origin) == ("pinned download", "models folder")


def test_a_cache_that_does_not_exist_yet_is_no_fault(tmp_path: Path) -> None:
    assert ModelLibrary(cache_folder=tmp_path / "later").resolve("yolox_nano") is None


def test_a_worker_finds_the_chosen_weights_wherever_they_lie(folder: Path) -> None:
    (folder / SSDLITE.file).write_bytes(OTHER_WEIGHTS)
    library = ModelLibrary(folder)
    assert library.path_of(choice("ssdlite_pedestrian", OTHER_SHA256)) == folder / SSDLITE.file
    assert library.path_of(choice("ssdlite_pedestrian", SSDLITE.sha256)) == PACKAGED_FOLDER / SSDLITE.file


@pytest.mark.parametrize("wanted", [choice("ssdlite_pedestrian", "0" * 64), choice("yolox_huge", "0" * 64)])
def test_a_worker_without_the_chosen_weights_is_not_ready(wanted: ModelChoice) -> None:
    with pytest.raises(NotReadyForTask, match=r"has no weights .* with SHA-256 000000000000…: give all workers the same models folder"):
        ModelLibrary().path_of(wanted)


def test_a_file_that_changes_is_hashed_anew(folder: Path) -> None:
    path = folder / "weights"
    path.write_bytes(OTHER_WEIGHTS)
    assert file_sha256(path) == OTHER_SHA256
    path.write_bytes(b"longer than before")
    assert file_sha256(path) == hashlib.sha256(b"longer than before").hexdigest()


@pytest.mark.parametrize("kind", ["missing", "file"])
def test_a_models_folder_that_can_not_be_read(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "models"
    if kind == "file":
        path.touch()
    with pytest.raises(UsageError, match=f"^the models folder {re.escape(str(path))} can't be read .*: correct or unset CASTLIST_MODELS"):
        ModelLibrary(path)


def test_weights_that_can_not_be_read(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "yolox_nano.onnx").write_bytes(OTHER_WEIGHTS)

    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied")

    library = ModelLibrary(folder)
    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match=r"yolox_nano\.onnx can't be read \(Permission denied\): check its permissions"):
        library.resolve("yolox_nano")
