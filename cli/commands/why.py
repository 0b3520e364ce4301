"""`castlist why`: why two tracklets or persons are, or are not, the same person."""

import asyncio
import re
from argparse import Namespace
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from castlist.bootstrap import Environment, client_environment, connect_store, connected_bus
from castlist.codec.documents import encode_json
from castlist.domain.evidence import CheckAnswer
from castlist.domain.explaining import explain
from castlist.domain.explanation import Explanation, Subject
from castlist.errors import UsageError
from cli.columns import table
from cli.evidence import ReadFile, files_of_folder, read_evidence
from cli.exit_codes import DONE
from cli.fetching import files_of_job
from cli.watching import read_job

_SUBJECT = re.compile(r"(t|tracklet_?|p|person_?)?0*(\d+)")


def execute(options: Namespace) -> int:
    """Answer in words, or as JSON."""
    folder = Path(options.where)
    read = files_of_folder(folder) if folder.is_dir() else asyncio.run(_files_of_job(options.where, client_environment()))
    files = read_evidence(read, options.where)
    try:
        found = explain(files.evidence, _subject(options.first), _subject(options.second), files.ask)
    except LookupError as error:
        raise UsageError(f"{options.where}: {error.args[0]}") from error
    print(encode_json(asdict(found)).decode() if options.json else "\n".join(_in_words(found)), end="" if options.json else "\n")
    return DONE


async def _files_of_job(job: str, environment: Environment) -> ReadFile:
    store = connect_store(environment)
    async with connected_bus(environment) as bus:
        view = await read_job(bus, job)
    return files_of_job(store, view)


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
