"""`castlist models`: the networks' weights. Services download none themselves."""

import json
import sys
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from castlist.bootstrap import Environment, read_environment
from castlist.errors import UsageError
from castlist.manifest import ModelEntry, ModelLibrary, ResolvedModel, manifest
from cli.conversion import convert
from cli.exit_codes import DIFFERENT, DONE, FAILED
from cli.model_listing import ModelRow, WeightsFile, licences, model_rows, told, weights_files
from cli.models import ensure_models, wanted_models


def execute(options: Namespace) -> int:
    """List, fetch, check or convert."""
    if options.action == "convert":
        convert(options.words)
        return DONE
    if options.action == "pull":
        return _pull(options, read_environment())
    environment = read_environment()
    folder = options.models or environment.models_folder
    library = ModelLibrary(folder, environment.cache_folder / "models")
    if options.action == "verify":
        return _verify(list(weights_files(library, folder)), as_json=options.json)
    rows = list(model_rows(library, folder, environment.devices.own))
    print(_document("models", rows) if options.json else f"{told(rows)}\n\n{licences(rows)}")
    return DONE


def _document(name: str, rows: Sequence[ModelRow | WeightsFile]) -> str:
    return json.dumps({name: [asdict(row) for row in rows]}, indent=2, sort_keys=True)


def _verify(files: list[WeightsFile], *, as_json: bool) -> int:
    """A model that is not pinned, since users bring it, is told with its SHA-256 and never differs."""
    if as_json:
        print(_document("files", files))
    for file in () if as_json else files:
        verdict = "yours, not pinned" if file.as_pinned is None else "as pinned" if file.as_pinned else "differs from the pinned file"
        print(f"{file.path}: {verdict}, SHA-256 {file.sha256}")
    return DIFFERENT if any(file.as_pinned is False for file in files) else DONE


def _pull(options: Namespace, environment: Environment) -> int:
    """Say what will be used. Only models that were named must be had: services have one to fall back on."""
    wanted = tuple(_pinned(name) for name in options.names) or wanted_models({})
    folder: Path = options.to or environment.cache_folder / "models"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} can't be made ({error.strerror}): name another one") from error
    library = ModelLibrary(folder) if options.to else ModelLibrary(environment.models_folder, folder)
    reasons = ensure_models(wanted, library, folder, offline=options.offline, quiet=options.quiet)
    for reason in reasons:
        print(reason, file=sys.stderr)
    if options.names:
        for entry in wanted:
            print(f"{entry.name}: {_told(library.resolve(entry.name))}")
        return FAILED if reasons else DONE
    for task in dict.fromkeys(entry.task for entry in manifest().values()):
        print(f"{task}: {_told(library.preferred(task))}")
    return DONE


def _pinned(name: str) -> ModelEntry:
    entry = manifest().get(name)
    if entry is None:
        raise UsageError(f"there is no model {name!r}: `castlist models list` shows all")
    if entry.brought:
        raise UsageError(f"{name} can't be downloaded, it is the user's to bring: put {entry.file} into the models folder")
    return entry


def _told(model: ResolvedModel | None) -> str:
    if model is None:
        return "what comes with the services"
    return f"{model.entry.name}, {model.origin}" + (f"; {model.note}" if model.note else "")
