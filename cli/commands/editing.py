"""`castlist merge`, `split`, `move`, `rename`, `ignore`, `select`, `apart`, `undo` and `redo`: one edit of a job's result.

JOB is a job of the services, or a folder that `castlist run` filled.
"""

import asyncio
from argparse import Namespace
from functools import partial
from pathlib import Path

from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus, read_environment
from castlist.errors import UsageError
from castlist.manifest import ModelLibrary
from castlist.ports import MessageBus, ObjectStore
from cli.commands.watch import conclude_with_results, follow, say_interrupted
from cli.edit_log import edit_job
from cli.edit_requests import asked_for
from cli.exit_codes import DONE, INTERRUPTED, conclude, say


def execute(options: Namespace) -> int:
    """Make the edit, say what it did, and wait for the new report where it is made here, or where asked to."""
    folder = Path(options.job)
    if folder.is_dir():
        try:
            return _edit_folder(folder, options)
        except KeyboardInterrupt:
            return say(INTERRUPTED, f"interrupted; `castlist history {folder}` lists an edit that was kept, the next one makes its report")
    if options.output and not options.watch:
        raise UsageError(f"results can be had when they are made: give --watch beside -o, or `castlist fetch {options.job} -o DIR` later")
    environment = client_environment()
    print(asyncio.run(_edit(options, environment)), flush=True)
    if not options.watch:
        return DONE
    try:
        return asyncio.run(_watch(options, environment))
    except KeyboardInterrupt:
        return say_interrupted(options.job)


def _edit_folder(folder: Path, options: Namespace) -> int:
    try:
        from cli.embedded import builds_of_all_services, edit_embedded  # noqa: PLC0415 - loads every service
    except ModuleNotFoundError as error:
        raise UsageError(
            f"this installation can't edit the results in a folder: it lacks {error.name}; it can edit jobs of services"
        ) from error

    environment = read_environment()
    library = ModelLibrary(environment.models_folder, environment.cache_folder / "models")
    builds = builds_of_all_services(library, environment.devices, environment.egress, environment.decoding)
    state = asyncio.run(edit_embedded(folder, builds, partial(_say_edited, options)))
    return conclude(state, results=folder)


async def _edit(options: Namespace, environment: Environment) -> str:
    async with connected_bus(environment) as bus:
        return await _say_edited(options, bus, connect_store(environment), options.job)


async def _say_edited(options: Namespace, bus: MessageBus, store: ObjectStore, job_id: str) -> str:
    words, revision = await edit_job(bus, store, job_id, partial(asked_for, options), options.revision)
    return f"{words}; the report will be revision {revision}"


async def _watch(options: Namespace, environment: Environment) -> int:
    async with connected_bus(environment) as bus:
        view = await follow(bus, options.job, quiet=options.quiet)
    if options.output is None:
        return conclude(view.state)
    return await conclude_with_results(connect_store(environment), view, options, options.output)
