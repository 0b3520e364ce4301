"""`castlist models`: weights for services, which download none themselves."""

import sys
from argparse import Namespace
from pathlib import Path

from castlist.errors import UsageError
from castlist.manifest import ModelLibrary, ResolvedModel, manifest
from cli.exit_codes import DONE
from cli.models import ensure_models, wanted_models


def execute(options: Namespace) -> int:
    """Put the preferred model of each task into the folder, if it can be had; say what services will use of it.

    A model that can't be had is no failure: services have one to fall back on. Raises `UsageError` for a folder that can't be made.
    """
    folder: Path = options.folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(f"the folder {folder} can't be made ({error.strerror}): name another one") from error
    library = ModelLibrary(folder)
    for reason in ensure_models(wanted_models({}), library, folder, offline=options.offline, quiet=options.quiet):
        print(reason, file=sys.stderr)
    for task in dict.fromkeys(entry.task for entry in manifest().values()):
        print(f"{task}: {_told(library.preferred(task))}")
    return DONE


def _told(model: ResolvedModel | None) -> str:
    if model is None:
        return "what comes with the services"
    return f"{model.entry.name}, {model.origin}" + (f"; {model.note}" if model.note else "")
