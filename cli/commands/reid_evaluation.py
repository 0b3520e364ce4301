"""`castlist eval reid`: how well an appearance model finds people again, on a folder of pictures."""

import os
import sys
from argparse import Namespace

from castlist.bootstrap import read_environment
from castlist.codec.documents import encode_json
from castlist.domain.devices import Devices
from castlist.domain.jobs import Stage
from castlist.manifest import ModelLibrary
from cli.configuration import read_choice
from cli.exit_codes import DONE
from cli.models import ensure_models, wanted_models
from cli.reid_evaluation import document, evaluate_reid, read_task, told
from services.detector.models.choosing import ModelChooser


def execute(options: Namespace) -> int:
    """Print the figures. Raises `InputError` for a folder that is none of Market-1501's kind."""
    embedder = options.embedder or str(read_choice(options).parameters()[Stage.PLAN]["embedder"].value)
    task = read_task(options.folder)
    environment = read_environment()
    own, cache = environment.devices.own, environment.cache_folder / "models"
    library = ModelLibrary(options.models or environment.models_folder, cache)
    wanted = [entry for entry in wanted_models({"plan.embedder": embedder}) if entry.task == "embedder"]
    for reason in ensure_models(wanted, library, cache, offline=options.offline, quiet=options.quiet):
        print(reason, file=sys.stderr)
    choice = ModelChooser(library, Devices(own)).embedder(embedder)
    found = evaluate_reid(task, choice, library.path_of, own, os.cpu_count() or 1, quiet=options.quiet or options.json)
    print(encode_json(document(found)).decode() if options.json else told(found))
    return DONE
