"""The `castlist` command."""

import argparse
import asyncio
import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import NoReturn

from castlist.bootstrap import Environment, connect_store, connected_bus, create_streams_and_bucket, read_environment
from castlist.domain.jobs import FailureKind
from castlist.errors import CastlistError, InputError, UsageError
from castlist.manifest import ModelLibrary
from castlist.ports import MessageBus
from castlist.worker.objects import VerifiedReader
from cli.arguments import parse_arguments
from cli.embedded import Run, builds_of_all_services, run_embedded
from cli.evaluate import score_folder
from cli.models import ensure_models, wanted_models
from cli.output_folder import STATE_FOLDER, compare, export
from cli.progress import ProgressDisplay
from cli.submitting import announce, make_request, new_job_id, store_request
from cli.track import run_track
from cli.watching import follow_job, read_job
from services.coordinator.algorithms.decide import JobState, Status

DONE, DIFFERENT, USAGE, BAD_INPUT, PARTIAL, FAILED, INTERRUPTED = 0, 1, 2, 3, 4, 5, 130


def entry() -> NoReturn:
    """What the installed command calls.

    Leaves without waiting for threads that still compute: all that they write appears whole or not at all.
    """
    code = main()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code."""
    options = parse_arguments(arguments)
    try:
        return int(_COMMANDS[options.command](options))
    except UsageError as error:
        return _say(USAGE, str(error))
    except InputError as error:
        return _say(BAD_INPUT, str(error))
    except CastlistError as error:
        return _say(FAILED, str(error))
    except KeyboardInterrupt:
        return _say(INTERRUPTED, "interrupted; the same command goes on from here")


def _run(options: argparse.Namespace) -> int:
    run = Run(
        video=options.video,
        folder=options.output,
        overrides=parse_overrides(options.overrides),
        until=options.until,
        since=options.since,
        force=options.force,
        slots=options.slots,
    )
    environment = read_environment()
    models_folder = options.models or environment.models_folder
    cache = environment.cache_folder / "models"
    library = ModelLibrary(models_folder, cache)
    for reason in ensure_models(wanted_models(run.overrides), library, cache, offline=options.offline, quiet=options.quiet):
        print(reason, file=sys.stderr)
    with ProgressDisplay(quiet=options.quiet) as display:
        state = asyncio.run(run_embedded(run, builds_of_all_services(library), display.show))
    return _conclude(state, options, results=run.folder)


def _submit(options: argparse.Namespace) -> int:
    async def submit(environment: Environment) -> int:
        store = connect_store(environment)
        request = make_request(options.video, options.job or new_job_id(options.video), parse_overrides(options.overrides), options.until)
        async with connected_bus(environment) as bus:
            await asyncio.to_thread(store_request, store, request, options.video)
            await announce(bus, request)
            print(request.job_id, flush=True)
            return _conclude(await _follow(bus, request.job_id, quiet=options.quiet), options) if options.watch else DONE

    return asyncio.run(submit(read_environment()))


def _watch(options: argparse.Namespace) -> int:
    async def watch(environment: Environment) -> int:
        async with connected_bus(environment) as bus:
            return _conclude(await _follow(bus, options.job, quiet=options.quiet), options)

    return asyncio.run(watch(read_environment()))


async def _follow(bus: MessageBus, job_id: str, *, quiet: bool) -> JobState:
    with ProgressDisplay(quiet=quiet) as display:
        async for view in follow_job(bus, job_id):
            display.show(view.state)
    return view.state


def _fetch(options: argparse.Namespace) -> int:
    async def fetch(environment: Environment) -> int:
        store = connect_store(environment)
        async with connected_bus(environment) as bus:
            view = await read_job(bus, options.job)
        if view.state.status is not Status.DONE:
            reason = f": {view.state.reason}" if view.state.reason else ""
            raise UsageError(f"job {options.job} is {view.state.status}{reason}; `castlist watch {options.job}` waits for its end")
        reader = VerifiedReader(store, options.output / STATE_FOLDER / "cache")
        await asyncio.to_thread(export, reader, view.state.outputs, view.runs, options.output)
        return _conclude(view.state, options, results=options.output)

    return asyncio.run(fetch(read_environment()))


def _setup(_: argparse.Namespace) -> int:
    environment = read_environment()
    asyncio.run(create_streams_and_bucket(environment))
    print(f"streams and consumers at {environment.nats_url.rpartition('@')[2]}, bucket {environment.s3_bucket!r}: ready")
    return DONE


def _compare(options: argparse.Namespace) -> int:
    differences = compare(options.first, options.second)
    print("\n".join(differences) or "the same bytes")
    return DIFFERENT if differences else DONE


def _track(options: argparse.Namespace) -> int:
    run_track(options.detections, options.seqinfo, options.output, parse_overrides(options.overrides))
    print(options.output)
    return DONE


def _eval(options: argparse.Namespace) -> int:
    print(score_folder(options.folder, options.gt, options.people))
    return DONE


_COMMANDS = {
    "run": _run,
    "submit": _submit,
    "watch": _watch,
    "fetch": _fetch,
    "setup": _setup,
    "compare": _compare,
    "track": _track,
    "eval": _eval,
}


def parse_overrides(texts: Iterable[str]) -> dict[str, str]:
    """`stage.name=value` texts as a mapping. Raises `UsageError` for a text without `=`."""
    overrides = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--set wants STAGE.NAME=VALUE, not {text!r}")
        overrides[name.strip()] = value.strip()
    return overrides


def _conclude(state: JobState, options: argparse.Namespace, results: Path | None = None) -> int:
    for warning in state.warnings:
        print(f"warning: {warning}", file=sys.stderr)
    if state.status is not Status.DONE:
        video = getattr(options, "video", None)
        about = f"{video.name}: " if video is not None and state.failure_kind is FailureKind.INPUT else ""
        return _say(exit_code(state), about + state.reason)
    if results is not None:
        print(_results_line(results))
    return PARTIAL if getattr(options, "strict", False) and is_partial(state) else DONE


def _results_line(folder: Path) -> str:
    report = folder / "person_selection.html"
    return f"report: {report.resolve().as_uri()}" if report.is_file() else f"results: {folder}"


def exit_code(state: JobState) -> int:
    """Exit code of a job that has ended."""
    if state.status is Status.DONE:
        return DONE
    if state.status is Status.REJECTED:
        return USAGE
    return BAD_INPUT if state.failure_kind is FailureKind.INPUT else FAILED


def is_partial(state: JobState) -> bool:
    """Whether part of the video could not be read."""
    return any(progress.counts.get("lost_frames", 0) > 0 for progress in state.progress.values())


def _say(code: int, message: str) -> int:
    print(f"castlist: {message}", file=sys.stderr)
    return code
