"""`castlist cleanup`: phases of a finished job done again, with a report on what that changed."""

import asyncio
from argparse import Namespace
from pathlib import Path

from castlist.bootstrap import read_environment
from castlist.errors import UsageError
from castlist.manifest import ModelLibrary
from cli.cleanup import ACTIONS, clean_up, overrides_of_profile, told
from cli.configuration import read_choice
from cli.embedded import builds_of_all_services
from cli.exit_codes import conclude
from cli.parameter_arguments import parse_overrides
from cli.progress import ProgressDisplay


def execute(options: Namespace) -> int:
    """Clean up a folder. Raises `UsageError` for a job of the services, which keeps the parameters that it was submitted with."""
    folder = Path(options.job)
    if not folder.is_dir():
        raise UsageError(
            f"{options.job} is no folder that `castlist run` filled. A job of the services keeps the parameters that it was "
            "submitted with: submit the video again with other ones (`castlist submit VIDEO --set STAGE.NAME=VALUE`)"
        )
    actions = [name.strip() for name in options.actions.split(",")] if options.actions else list(ACTIONS)
    unknown = next((name for name in actions if name not in ACTIONS), None)
    if unknown is not None:
        raise UsageError(f"there is no action {unknown!r}; there are {', '.join(ACTIONS)}")
    overrides = {**_profile(options, actions), **parse_overrides(options.overrides)}
    environment = read_environment()
    library = ModelLibrary(options.models or environment.models_folder, environment.cache_folder / "models")
    builds = builds_of_all_services(library, environment.devices, environment.egress, environment.decoding)
    with ProgressDisplay(quiet=options.quiet) as display:
        state, found = asyncio.run(clean_up(folder, actions, overrides, builds, display.show))
    if found:
        print(told(found))
        if not found["before_was_stored"]:
            print("The figures before are of results that were computed anew first, as those in the folder were of another version.")
    return conclude(state, results=folder)


def _profile(options: Namespace, actions: list[str]) -> dict[str, str]:
    """What the profile that was named says; a profile of the environment or the file was for the run, not for this."""
    return overrides_of_profile(actions, read_choice(options).profiles[options.profile].values) if options.profile else {}
