"""`castlist crops`: the documented layout by person, out of a job or a packed file, and back."""

import asyncio
import tempfile
from argparse import Namespace
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.bootstrap import client_environment, connect_store, connected_bus
from castlist.codec.crop_packing import unpack_groups, unpack_notes
from castlist.codec.crops_by_person import CropGroup, LayoutNotes, write_groups
from castlist.codec.crops_hdf5 import decode_crops, decode_notes
from castlist.errors import InputError, ObjectCorrupt, ObjectMissing, UsageError
from castlist.worker.objects import VerifiedReader
from cli.confined import run_confined
from cli.crop_conversion import THREADS, now
from cli.crop_export import JobCrops
from cli.exit_codes import DONE
from cli.fetching import check_done
from cli.output_folder import STATE_FOLDER
from cli.stored_objects import newest_outputs, read_listing
from cli.watching import read_job


def execute(options: Namespace) -> int:
    """Do it, and say what was written."""
    _check_output(Path(options.source), options.output)
    told = _exported(options) if options.action == "export" else _converted(options)
    print(f"{options.output}: {told}, {options.output.stat().st_size:,} bytes")
    return DONE


def _check_output(source: Path, output: Path) -> None:
    if output.is_dir() or not output.parent.is_dir():
        raise UsageError(f"{output} can't be written: name a file in a folder that is there")
    if output.exists() and source.exists() and output.samefile(source):
        raise UsageError(f"{output} is what is read: name another file to write")


def _gzip_level(options: Namespace) -> int | None:
    return options.level if options.compression == "gzip" else None


def _converted(options: Namespace) -> str:
    if not options.source.is_file():
        raise UsageError(f"{options.source} is no file")
    level = None if options.action == "import" else _gzip_level(options)
    counts = run_confined(options.action, options.source, options.output, level)
    told = f"{counts['persons']} persons, {counts['crops']:,} crops"
    if counts.get("persons_without_crops"):
        told += f" ({counts['persons_without_crops']} of the persons have none and are left out)"
    if counts.get("rows_without_picture"):
        told += f" ({counts['rows_without_picture']} rows have no picture and are left out)"
    return told


def _exported(options: Namespace) -> str:
    partial = options.output.with_name(f".{options.output.name}.partial")
    try:
        with _source(options) as (groups, notes):
            counts = write_groups(partial, groups, notes, _gzip_level(options), THREADS)
        partial.replace(options.output)
    except OSError as fault:
        raise UsageError(f"{options.output} can't be written: {fault.strerror or fault}") from fault
    finally:
        partial.unlink(missing_ok=True)
    return f"{counts.persons} persons, {counts.crops:,} crops"


_Source = tuple[Iterable[CropGroup], LayoutNotes]


@contextmanager
def _source(options: Namespace) -> Iterator[_Source]:
    path = Path(options.source)
    if path.is_file():
        with _blamed_on(path):
            yield _of_file(path, options)
    elif path.is_dir():
        yield _of_folder(path, options)
    elif not topology.is_job_id(options.source):
        raise UsageError(f"{options.source} is neither a folder nor a file nor the id of a job")
    else:
        with tempfile.TemporaryDirectory(prefix="castlist-crops-") as cache:
            yield asyncio.run(_of_job(options, Path(cache)))


@contextmanager
def _blamed_on(path: Path) -> Iterator[None]:
    """What is corrupt inside the block is the user's file."""
    try:
        yield
    except ObjectCorrupt as fault:
        raise InputError(f"{path.name} is no packed crop file, or a damaged one: {fault}") from fault


def _of_file(path: Path, options: Namespace) -> _Source:
    if options.top is not None or options.crops is not None:
        raise UsageError("--top and --crops go by rank and quality, which a packed file does not have: leave them out")
    data = path.read_bytes()
    return unpack_groups(decode_crops(data)), unpack_notes(decode_notes(data), now())


def _of_folder(folder: Path, options: Namespace) -> _Source:
    state = folder / STATE_FOLDER
    outputs = read_listing(state)
    try:
        return _of_crops(JobCrops(VerifiedReader(DirectoryStore(state), state / "cache"), outputs, str(folder)), options)
    except ObjectMissing as fault:
        raise UsageError(
            f"{folder} does not have the crops themselves: run `castlist run` there again, or name the job where they lie on the services"
        ) from fault


async def _of_job(options: Namespace, cache: Path) -> _Source:
    environment = client_environment()
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        view = await read_job(bus, options.source)
    check_done(view)
    crops = JobCrops(VerifiedReader(store, cache), newest_outputs(view.runs), f"job {view.job_id}")
    return _of_crops(crops, options)


def _of_crops(crops: JobCrops, options: Namespace) -> _Source:
    return crops.groups(options.top, options.crops), LayoutNotes(now(), crops.total_frames)
