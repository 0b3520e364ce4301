"""The manifest of models, and where the weights of each are found. Downloads nothing.

Order: a file that the user names by its path, a folder that they name (`CASTLIST_MODELS`), the cache of downloads, the small default
that comes with the package.
"""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from castlist.domain.parameter_fields import is_model_file
from castlist.domain.video import ModelChoice
from castlist.errors import NotReadyForTask, UsageError

PACKAGED_FOLDER = Path(__file__).parent / "models"
ONNX_SUFFIX = ".onnx"


@dataclass(frozen=True, slots=True)
class ModelEntry:
    """One model of the manifest. `tile_side_px` is 0 where the network sees the whole frame; `url` is empty for packaged ones.

    `engine` names the library that runs it. A model that users bring has no `sha256`: any file of that name is taken.
    """

    name: str
    task: str
    engine: str
    file: str
    url: str
    sha256: str
    size_bytes: int
    licence: str
    source: str
    input: str
    tile_side_px: int
    quality: str

    @property
    def brought(self) -> bool:
        """Whether it is a user's own, which is only ever found in the models folder."""
        return not self.sha256


@dataclass(frozen=True, slots=True)
class ResolvedModel:
    """Weights on this machine. `note` says what the user should know about them, empty if nothing."""

    entry: ModelEntry
    path: Path
    sha256: str
    origin: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where weights may lie. Ours must be the manifest's, the user's are taken as they are."""

    path: Path
    origin: str
    any_hash: bool = False


@cache
def manifest() -> Mapping[str, ModelEntry]:
    """All models by name, in order of preference within a task."""
    with (PACKAGED_FOLDER / "manifest.toml").open("rb") as file:
        return {item["name"]: ModelEntry(**item) for item in tomllib.load(file)["model"]}


def entry_named(name: str) -> ModelEntry | None:
    """The model of that name; for the name of an ONNX file, the model whose file it is, or else a detector that a user brings."""
    found = manifest().get(name)
    if found is not None or not is_model_file(name):
        return found
    return next((entry for entry in manifest().values() if entry.file == name), None) or ModelEntry(
        name=name,
        task="detector",
        engine="onnxruntime",
        file=name,
        url="",
        sha256="",
        size_bytes=0,
        licence="that of the weights is for the user to know",
        source="brought by the user: a YOLO for detection in an ONNX file",
        input="RGB 0-1, letterboxed with 114; sides and classes are read from the file",
        tile_side_px=0,
        quality="not measured: it is the user's",
    )


def best_to_be_had(task: str) -> ModelEntry:
    """The first model of a task that anybody can have."""
    return next(entry for entry in manifest().values() if entry.task == task and not entry.brought)


def _any(_: ModelEntry) -> bool:
    return True


class ModelLibrary:
    """The weights that this machine has."""

    def __init__(self, models_folder: Path | None = None, cache_folder: Path | None = None, files: Iterable[Path] = ()) -> None:
        """`files` are weights that the user points at, wherever they lie. Raises `UsageError` when `models_folder` can't be read."""
        if models_folder is not None:
            _check_readable(models_folder)
        self._models_folder = models_folder
        self._cache_folder = cache_folder
        self._files = {path.name: path for path in files}

    def resolve(self, name: str) -> ResolvedModel | None:
        """Where a model of the manifest, or a file that a user brings, is; None if this machine does not have it.

        A file in the user's folder is taken whatever its hash, and the difference is said; one in the
        cache or the package only with the manifest's. Raises `KeyError` for a name that there can't be.
        """
        entry = entry_named(name)
        if entry is None:
            raise KeyError(name)
        return next((found for place in self._places(entry) if (found := _taken(entry, place)) is not None), None)

    def copies(self, entry: ModelEntry) -> tuple[Path, ...]:
        """Every file of that name where weights are looked for, whether it would be used or not."""
        return tuple(place.path for place in self._places(entry) if place.path.is_file())

    def preferred(self, task: str, usable: Callable[[ModelEntry], bool] = _any) -> ResolvedModel | None:
        """The first usable model of a task that this machine has; what is usable is asked only of models that it has."""
        found = (self.resolve(entry.name) for entry in manifest().values() if entry.task == task)
        return next((model for model in found if model is not None and usable(model.entry)), None)

    def path_of(self, choice: ModelChoice) -> Path:
        """The file with a job's chosen weights. Raises `NotReadyForTask` when there is none with that hash."""
        entry = entry_named(choice.name)
        for place in self._places(entry) if entry is not None else ():
            if place.path.is_file() and file_sha256(place.path) == choice.sha256:
                return place.path
        raise NotReadyForTask(
            f"this worker has no weights {choice.name} with SHA-256 {choice.sha256[:12]}…: "
            "give all workers the same models folder (CASTLIST_MODELS), then retry the job"
        )

    def _places(self, entry: ModelEntry) -> Iterator[_Place]:
        if entry.file in self._files:
            yield _Place(self._files[entry.file], "named by its path", any_hash=True)
        if self._models_folder is not None:
            yield _Place(self._models_folder / entry.file, "models folder", any_hash=True)
        if self._cache_folder is not None:
            yield _Place(self._cache_folder / entry.file, "pinned download")
        yield _Place(PACKAGED_FOLDER / entry.file, "comes with Castlist")


def file_sha256(path: Path) -> str:
    """SHA-256 of a file; computed anew when the file changes. Raises `UsageError` for one that can't be read."""
    try:
        status = path.stat()
        return _file_sha256(path, status.st_size, status.st_mtime_ns)
    except OSError as error:
        raise UsageError(f"the model file {path} can't be read ({error.strerror}): check its permissions") from error


@cache
def _file_sha256(path: Path, _size: int, _mtime_ns: int) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _taken(entry: ModelEntry, place: _Place) -> ResolvedModel | None:
    if not place.path.is_file():
        return None
    sha256 = file_sha256(place.path)
    if sha256 == entry.sha256 or (entry.brought and place.any_hash):
        return ResolvedModel(entry, place.path, sha256, place.origin)
    note = f"{entry.file} is not the manifest's file: replace it if another export is not meant."
    return ResolvedModel(entry, place.path, sha256, place.origin, note) if place.any_hash else None


def _check_readable(folder: Path) -> None:
    try:
        next(iter(folder.iterdir()), None)
    except OSError as error:
        raise UsageError(
            f"the models folder {folder} can't be read ({error.strerror}): correct or unset CASTLIST_MODELS or --models"
        ) from error
