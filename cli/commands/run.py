"""`castlist run`: a video processed on this machine."""

import asyncio
import sys
from argparse import Namespace

from castlist.bootstrap import read_environment
from castlist.manifest import ModelLibrary
from cli.configuration import models_of, read_choice, told
from cli.embedded import Run, builds_of_all_services, run_embedded
from cli.exit_codes import conclude
from cli.models import ensure_models, files_pointed_at, wanted_models
from cli.progress import ProgressDisplay


def execute(options: Namespace) -> int:
    """Run the job to its end."""
    options.overrides, pointed_at = files_pointed_at(options.overrides)
    choice = read_choice(options)
    environment = read_environment()
    run = Run(
        video=options.video,
        folder=options.output,
        overrides=choice.overrides,
        settings=choice.settings,
        until=options.until,
        since=options.since,
        force=options.force,
        slots=options.slots,
        failpoint=environment.failpoint,
    )
    if told(choice) and not options.quiet:
        print(told(choice), file=sys.stderr)
    models_folder = options.models or environment.models_folder
    cache = environment.cache_folder / "models"
    library = ModelLibrary(models_folder, cache, pointed_at)
    for reason in ensure_models(wanted_models(models_of(choice)), library, cache, offline=options.offline, quiet=options.quiet):
        print(reason, file=sys.stderr)
    with ProgressDisplay(quiet=options.quiet) as display:
        builds = builds_of_all_services(library, environment.devices, environment.egress, environment.decoding, display.fetching)
        state = asyncio.run(run_embedded(run, builds, display.show))
    if state.revision:
        print(f"revision {state.revision}: your edits are applied; `castlist history {run.folder}` lists them", file=sys.stderr)
    return conclude(state, strict=options.strict, results=run.folder, video=run.video)
