"""The command line's grammar."""

import argparse
import os
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path

from castlist import __version__
from castlist.domain.jobs import Stage
from castlist.domain.parameters import PlanParameters
from castlist.domain.source_url import SourceUrl, is_url, parse_source_url
from castlist.errors import UsageError
from cli.crop_arguments import add_crop_commands
from cli.editing_arguments import Commands, add_editing_commands
from cli.model_arguments import CONVERT, add_model_commands
from cli.parameter_arguments import add_config_command, add_merge_option, add_parameter_options, add_profile_options

EXIT_CODES = """\
exit codes: 0 done (also with no person found, also partial, which is said), 1 `compare` or `models verify` found differences,
2 wrong usage, 3 the input can't be processed, 4 partial under --strict, 5 failed, 130 interrupted"""

EVAL_REID = "eval reid"
"""A command of two words; a result folder that is called `reid` is scored as `./reid`."""


def parse_arguments(arguments: Sequence[str] | None = None) -> argparse.Namespace:
    """Parse, or exit with code 2 and a usage message."""
    parser = argparse.ArgumentParser(
        prog="castlist",
        description="Hand it a video: who is in it, when, and which tracks are the same person.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"castlist {__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    _add_run(commands)
    _add_service_commands(commands)
    _add_operating_commands(commands)
    add_editing_commands(commands)
    add_crop_commands(commands)
    _add_folder_commands(commands)
    words = list(sys.argv[1:] if arguments is None else arguments)
    if tuple(words[:2]) == CONVERT:
        return argparse.Namespace(**vars(parser.parse_args(CONVERT)), words=words[2:])
    return parser.parse_args([EVAL_REID, *words[2:]] if words[:2] == EVAL_REID.split() else words)


def _add_run(commands: Commands) -> None:
    run = commands.add_parser("run", help="process a video on this machine, nothing else needed")
    run.add_argument("video", type=_video, metavar="VIDEO", help="a file, or an https address")
    run.add_argument("-o", "--output", type=Path, required=True, metavar="DIR", help="folder for the results")
    redo = run.add_mutually_exclusive_group()
    redo.add_argument("--force", action="store_true", help="compute everything anew")
    redo.add_argument(
        "--from",
        dest="since",
        type=Stage,
        choices=list(Stage),
        metavar="STAGE",
        help="compute this stage and later ones anew; track and pick need detect, too",
    )
    run.add_argument("--slots", type=_positive, default=os.cpu_count() or 1, metavar="N", help="segments at a time (default: cores)")
    run.add_argument("--models", type=Path, metavar="DIR", help="folder with model weights (default: CASTLIST_MODELS)")
    run.add_argument("--offline", action="store_true", default=os.environ.get("CASTLIST_OFFLINE") == "1", help="download no models")
    _add_job_options(run)


def _add_job_options(command: argparse.ArgumentParser) -> None:
    command.add_argument("--until", type=Stage, choices=list(Stage), default=Stage.REPORT, metavar="STAGE", help="last stage to run")
    add_parameter_options(command)
    add_merge_option(command)
    command.add_argument("--strict", action="store_true", help="exit with 4 when part of the video could not be read")
    command.add_argument("-q", "--quiet", action="store_true", help="no progress display")


def _add_service_commands(commands: Commands) -> None:
    _add_secrets(commands)
    setup = commands.add_parser("setup", help="create streams, consumers, the bucket and the store's users")
    setup.add_argument("--wait", type=float, default=0.0, metavar="SECONDS", help="how long broker and store may take to answer")
    setup.add_argument("--secrets", type=Path, metavar="DIR", help="folder that `castlist secrets` made (default: secrets, if there)")
    add_model_commands(commands)
    submit = commands.add_parser("submit", help="hand a video to the services")
    submit.add_argument("video", type=_video, metavar="VIDEO", help="a file, or an https address")
    submit.add_argument("--job", metavar="ID", help="id of the new job (default: from the file's name)")
    submit.add_argument("--watch", action="store_true", help="show progress until the job has ended, then fetch the results")
    submit.add_argument("-o", "--output", type=Path, metavar="DIR", help="with --watch: folder for the results (default: the job's id)")
    _add_job_options(submit)
    watch = commands.add_parser("watch", help="show a job's progress until it has ended")
    watch.add_argument("job", metavar="JOB")
    watch.add_argument("-o", "--output", type=Path, metavar="DIR", help="fetch the results into this folder then")
    watch.add_argument("--strict", action="store_true", help="exit with 4 when part of the video could not be read")
    watch.add_argument("-q", "--quiet", action="store_true", help="no progress display")
    fetch = commands.add_parser("fetch", help="write a finished job's results to a folder")
    fetch.add_argument("job", metavar="JOB")
    fetch.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")


def _add_operating_commands(commands: Commands) -> None:
    status = commands.add_parser("status", help="show queues, workers, dead letters, and whether broker and store answer")
    _add_json(status)
    jobs = commands.add_parser("jobs", help="list all jobs, newest first")
    jobs.add_argument("--newest", type=_positive, metavar="N", help="no more than N jobs")
    _add_json(jobs)
    dead = commands.add_parser("dead", help="list the failures that ended jobs").add_subparsers(
        dest="action", required=True, metavar="list"
    )
    _add_json(dead.add_parser("list", help="dead letters and every other failure that ended a job"))
    retry = commands.add_parser("retry", help="let a failed job go on where it failed")
    cancel = commands.add_parser("cancel", help="end a job that runs; what it has computed stays")
    delete = commands.add_parser("delete", help="remove a job: its video, results, events and tasks")
    delete.add_argument("--yes", action="store_true", help="do not ask")
    for command in (retry, cancel, delete):
        command.add_argument("job", metavar="JOB")


def _add_json(command: argparse.ArgumentParser) -> None:
    command.add_argument("--json", action="store_true", help="one JSON document, for programs")


def _add_secrets(commands: Commands) -> None:
    secrets = commands.add_parser("secrets", help="make a folder of credentials for the services, the servers and this command")
    secrets.add_argument("folder", type=Path, metavar="DIR")
    secrets.add_argument("--owner", metavar="UID:GID", help="to whom the servers' and services' files are given")
    secrets.add_argument("--client-owner-of", type=Path, metavar="PATH", help="client.env is given to whoever owns PATH")
    secrets.add_argument("--nats-url", metavar="URL", help="address of the broker for client.env")
    secrets.add_argument("--s3-endpoint", metavar="HOST:PORT", help="address of the object store for client.env")
    secrets.add_argument("--tls-ca", metavar="FILE", help="authority of the servers' certificates for client.env, as a path from there")


def _add_folder_commands(commands: Commands) -> None:
    add_config_command(commands.add_parser("config", help="show every parameter, its value, and where the value comes from"))
    compare = commands.add_parser("compare", help="compare two result folders byte by byte, but for timings.json")
    compare.add_argument("first", type=Path, metavar="A")
    compare.add_argument("second", type=Path, metavar="B")
    track = commands.add_parser("track", help="track and group MOTChallenge detections, without a video")
    track.add_argument("--detections", type=Path, required=True, metavar="DET.TXT")
    track.add_argument("--seqinfo", type=Path, required=True, metavar="SEQINFO.INI")
    track.add_argument("-o", "--output", type=Path, required=True, metavar="DIR")
    add_parameter_options(track)
    why = commands.add_parser("why", help="say why two tracklets or persons are, or are not, the same person")
    why.add_argument("where", metavar="JOB|DIR", help="a job of the services, or a folder with results")
    why.add_argument("first", metavar="A", help="a person as 3, or a tracklet as t12")
    why.add_argument("second", metavar="B")
    _add_json(why)
    evaluate = commands.add_parser("eval", help="score a result folder against MOTChallenge ground truth")
    evaluate.add_argument("folder", type=Path, metavar="DIR")
    evaluate.add_argument("--gt", type=Path, required=True, metavar="GT.TXT")
    evaluate.add_argument("--people", type=Path, metavar="PEOPLE.CSV", help="which ground-truth ids are the same human being")
    _add_reid_evaluation(commands)
    _add_cleanup(commands)


def _add_cleanup(commands: Commands) -> None:
    cleanup = commands.add_parser("cleanup", help="do phases of a finished job again, and report what that changed")
    cleanup.add_argument("job", metavar="DIR", help="folder that `castlist run` filled")
    cleanup.add_argument("--actions", metavar="A,A,...", help="some of split_tracks, reembed, recluster, group_clusters (default: all)")
    cleanup.add_argument("--models", type=Path, metavar="DIR", help="folder with model weights (default: CASTLIST_MODELS)")
    add_parameter_options(cleanup)
    cleanup.add_argument("-q", "--quiet", action="store_true", help="no progress display")


def _add_reid_evaluation(commands: Commands) -> None:
    reid = commands.add_parser(EVAL_REID, help="CMC and mAP of an appearance model on pictures named as in Market-1501")
    reid.add_argument("folder", type=Path, metavar="DIR", help="folder with query/ and bounding_box_test/")
    embedders = next(spec.metadata["choices"] for spec in fields(PlanParameters) if spec.name == "embedder")
    reid.add_argument("--embedder", choices=embedders, metavar="NAME", help=f"{', '.join(embedders)} (default: plan.embedder)")
    add_profile_options(reid)
    reid.add_argument("--models", type=Path, metavar="DIR", help="folder with model weights (default: CASTLIST_MODELS)")
    reid.add_argument("--offline", action="store_true", default=os.environ.get("CASTLIST_OFFLINE") == "1", help="download no models")
    reid.add_argument("-q", "--quiet", action="store_true", help="no progress display")
    _add_json(reid)


def _video(text: str) -> Path | SourceUrl:
    try:
        return parse_source_url(text) if is_url(text) else Path(text)
    except UsageError as fault:
        raise argparse.ArgumentTypeError(str(fault)) from None


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
