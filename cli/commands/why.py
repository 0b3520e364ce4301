"""`castlist why`: why two tracklets or persons are, or are not, the same person."""

import asyncio
import re
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from castlist import topology
from castlist.adapters.directory_store import DirectoryStore
from castlist.adapters.memory_bus import MemoryBus
from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus
from castlist.codec.documents import encode_json
from castlist.codec.edits import decode_edit
from castlist.codec.job_messages import decode_event
from castlist.domain.edits import Edit
from castlist.domain.evidence import CheckAnswer
from castlist.domain.explaining import explain
from castlist.domain.explanation import Explanation, Subject
from castlist.domain.jobs import ResultEdited
from castlist.errors import UsageError
from castlist.worker.objects import VerifiedReader
from cli.columns import table
from cli.desk import read_edits
from cli.evidence import ReadFile, files_of_folder, read_evidence
from cli.exit_codes import DONE
from cli.fetching import files_of_job
from cli.output_folder import STATE_FOLDER
from cli.watching import read_job

_SUBJECT = re.compile(r"(t|tracklet_?|p|person_?)?0*(\d+)")


def execute(options: Namespace) -> int:
    """Answer in words, or as JSON."""
    folder = Path(options.where)
    of_job = _of_folder(folder) if folder.is_dir() else _of_job(options.where, client_environment())
    read, edits = asyncio.run(of_job)
    files = read_evidence(read, options.where, edits)
    try:
        found = explain(files.evidence, _subject(options.first), _subject(options.second), files.ask)
    except LookupError as error:
        raise UsageError(f"{options.where}: {error.args[0]}") from error
    print(encode_json(asdict(found)).decode() if options.json else "\n".join(_in_words(found)), end="" if options.json else "\n")
    return DONE


async def _of_job(job: str, environment: Environment) -> tuple[ReadFile, tuple[Edit, ...]]:
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        view = await read_job(bus, job)
    return files_of_job(store, view), read_edits(view, VerifiedReader(store, Path()))


async def _of_folder(folder: Path) -> tuple[ReadFile, tuple[Edit, ...]]:
    """A folder's files and, where it has a job of its own, that job's edits."""
    read = files_of_folder(folder)
    if not (folder / STATE_FOLDER / "jobs").is_dir():
        return read, ()
    from services.coordinator.restoring import restore_edits  # noqa: PLC0415 - needed here only

    store, bus = DirectoryStore(folder / STATE_FOLDER), MemoryBus()
    for job_id in store.list_folders("jobs/"):
        await restore_edits(bus, store, job_id)
    entries = await bus.read(topology.EVENTS_FILTER)
    facts = [decode_event(entry.payload, entry.sequence).fact for entry in entries]
    stored = sorted((fact.revision, fact.edit) for fact in facts if isinstance(fact, ResultEdited))
    reader = VerifiedReader(store, Path())
    return read, tuple(decode_edit(reader.read(ref)) for _, ref in stored)


def _subject(text: str) -> Subject:
    """`3`, `p3` and `person_003` are person 3, `t12` and `tracklet_12` tracklet 12."""
    match = _SUBJECT.fullmatch(text.lower())
    if match is None:
        raise UsageError(f"{text!r} is neither a person like 3 nor a tracklet like t12")
    return Subject("tracklet" if (match[1] or "p").startswith("t") else "person", int(match[2]))


def _in_words(found: Explanation) -> Iterator[str]:
    yield found.answer
    yield from (f"  {reason}" for reason in found.reasons)
    if found.pair is not None and found.pair.checks:
        word = f", {found.pair.decision}" if found.pair.decision else ""
        yield f"\nChecks on tracklets {found.pair.tracklet_1} and {found.pair.tracklet_2}{word}:"
        yield table(("CHECK", "VALUE", "MUST BE", "VERDICT"), [_row(check) for check in found.pair.checks])


def _row(check: CheckAnswer) -> tuple[str, str, str, str]:
    value = "-" if check.value is None else f"{check.value:.3f}".rstrip("0").rstrip(".")
    return check.name, value, f"{check.value_must_be} {check.limit:g}", check.verdict
