"""What there is to say about every model: of the manifest, and YOLO files of the user's own."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from castlist.domain.devices import Device, DeviceWish
from castlist.errors import CastlistError
from castlist.inference.measured import milliseconds
from castlist.manifest import ONNX_SUFFIX, ModelEntry, ModelLibrary, ResolvedModel, entry_named, file_sha256, manifest
from cli.columns import table

_NOT_HERE = "not here"


@dataclass(frozen=True, slots=True)
class ModelRow:
    """`path`, `sha256` and `runtime` are empty for a model that is not here; `as_pinned` is None for those that are not pinned.

    `runtime` is what it would run on here, or why it can't be; `ms_per_picture` was measured on another machine (docs/models.md).
    """

    name: str
    task: str
    file: str
    path: str
    origin: str
    sha256: str
    as_pinned: bool | None
    engine: str
    runtime: str
    licence: str
    quality: str
    ms_per_picture: Mapping[str, float]
    download: str


@dataclass(frozen=True, slots=True)
class WeightsFile:
    """`as_pinned` is None for weights that are not pinned."""

    name: str
    path: str
    sha256: str
    as_pinned: bool | None


def model_rows(library: ModelLibrary, folder: Path | None, wish: DeviceWish | Device) -> Iterator[ModelRow]:
    """The manifest's models in order of preference, then other ONNX files of the models folder by name."""
    return (_row(entry, library.resolve(entry.name), wish) for entry in _entries(folder))


def weights_files(library: ModelLibrary, folder: Path | None) -> Iterator[WeightsFile]:
    """Every copy of weights that is here, in the order of `model_rows`."""
    for entry in _entries(folder):
        for path in library.copies(entry):
            sha256 = file_sha256(path)
            yield WeightsFile(entry.name, str(path), sha256, None if entry.brought else sha256 == entry.sha256)


def _entries(folder: Path | None) -> tuple[ModelEntry, ...]:
    others = sorted(path.name for path in folder.glob(f"*{ONNX_SUFFIX}")) if folder is not None else []
    own = (entry_named(name) for name in others)
    return tuple({entry.name: entry for entry in (*manifest().values(), *own) if entry is not None}.values())


def _row(entry: ModelEntry, found: ResolvedModel | None, wish: DeviceWish | Device) -> ModelRow:
    return ModelRow(
        name=entry.name,
        task=entry.task,
        file=entry.file,
        path=str(found.path) if found else "",
        origin=found.origin if found else _NOT_HERE,
        sha256=found.sha256 if found else "",
        as_pinned=None if found is None or entry.brought else found.sha256 == entry.sha256,
        engine=entry.engine,
        runtime=_runtime(found, wish) if found else "",
        licence=_licence(found) if found else entry.licence,
        quality=entry.quality,
        ms_per_picture=milliseconds(found.sha256 if found else "", entry.file),
        download=entry.url,
    )


def _licence(found: ResolvedModel) -> str:
    """The manifest's, or what a file of the user's own says of itself."""
    try:
        from castlist.inference.choices import licence_of  # noqa: PLC0415 - loads what runs networks

        return licence_of(found)
    except (ModuleNotFoundError, CastlistError):
        return found.entry.licence


def _runtime(found: ResolvedModel, wish: DeviceWish | Device) -> str:
    """What a job would run it on here; empty where only the client's part is installed."""
    try:
        from castlist.inference.choices import choice_of, is_usable  # noqa: PLC0415 - loads what runs networks
        from castlist.inference.engines import ENGINES  # noqa: PLC0415
    except ModuleNotFoundError:
        return ""
    if not is_usable(found.entry):
        engine = ENGINES[found.entry.engine]
        return f"needs {engine.missing()}: {engine.remedy}"
    try:
        return choice_of(found, wish, "").runtime
    except CastlistError as fault:
        return str(fault)


def told(rows: list[ModelRow]) -> str:
    """A table for people; the speed is that of the engine and precision which a job would get."""
    cells = [(row.name, row.task, row.origin, _hash(row), row.runtime, _speed(row), row.quality) for row in rows]
    return table(("NAME", "TASK", "WEIGHTS", "SHA-256", "RUNS ON", "MS A PICTURE", "QUALITY"), cells)


def licences(rows: list[ModelRow]) -> str:
    """Of the models that are here."""
    here = [row for row in rows if row.path]
    return "\n".join(f"{row.name}: {row.licence} ({row.path})" for row in here)


def _hash(row: ModelRow) -> str:
    if not row.path:
        return "can be pulled" if row.download else ""
    return "yours" if row.as_pinned is None else "ok" if row.as_pinned else "differs"


def _speed(row: ModelRow) -> str:
    words = row.runtime.split()
    return str(row.ms_per_picture.get(f"{words[0]} {words[-1]}", "")) if words else ""
