"""The command line's grammar, as far as it edits results."""

import argparse
from pathlib import Path
from typing import TypeAlias

Commands: TypeAlias = "argparse._SubParsersAction[argparse.ArgumentParser]"  # noqa: SLF001 (argparse names its type so)

EDITING_COMMANDS = ("merge", "split", "move", "rename", "ignore", "select", "apart", "undo", "redo")


def add_editing_commands(commands: Commands) -> None:
    """One command for each kind of edit, and `history`."""
    merge = _edit(commands, "merge", "persons are one person")
    merge.add_argument("persons", nargs="+", metavar="PERSON", help="two or more, as in 3 7")
    split = _edit(commands, "split", "tracklets of a person are another one; or take a merge apart")
    split.add_argument("person", metavar="PERSON")
    split.add_argument("--tracklets", metavar="T,T,...", help="which (default: part the person as before merging)")
    move = _edit(commands, "move", "a tracklet is another person's")
    move.add_argument("tracklet", metavar="TRACKLET")
    move.add_argument("--to", required=True, metavar="PERSON|new", help="whose it is, or nobody's so far")
    rename = _edit(commands, "rename", "give a person a name")
    rename.add_argument("person", metavar="PERSON")
    rename.add_argument("name", metavar="NAME", help='empty ("") to take it away')
    ignore = _edit(commands, "ignore", "mark a person who does not matter")
    ignore.add_argument("person", metavar="PERSON")
    ignore.add_argument("--back", action="store_true", help="the person matters after all")
    select = _edit(commands, "select", "select persons: selected_persons.npz has their boxes")
    chosen = select.add_mutually_exclusive_group(required=True)
    chosen.add_argument("--persons", metavar="P,P,...", help="who, as in 3,7 or p3,p7; replaces an earlier selection")
    chosen.add_argument("--none", action="store_true", help="nobody")
    apart = _edit(commands, "apart", "reject a recommendation: these are two people")
    apart.add_argument("person", metavar="PERSON")
    apart.add_argument("other", metavar="PERSON")
    _edit(commands, "undo", "take back the newest edit that stands; when none is left, the automatic merge")
    _edit(commands, "redo", "bring back what was undone last")
    history = commands.add_parser("history", help="list a job's edits and which of them stand")
    history.add_argument("job", metavar="JOB|DIR")
    history.add_argument("--json", action="store_true", help="one JSON document, for programs")


def _edit(commands: Commands, name: str, words: str) -> argparse.ArgumentParser:
    command = commands.add_parser(name, help=words)
    command.add_argument("job", metavar="JOB|DIR", help="a job of the services, or a folder that `castlist run` filled")
    command.add_argument("--revision", type=int, metavar="N", help="edit only if the result is still this revision")
    command.add_argument("--watch", action="store_true", help="wait for the new report (in a folder always)")
    command.add_argument("-o", "--output", type=Path, metavar="DIR", help="with --watch: fetch the new results into this folder")
    command.add_argument("-q", "--quiet", action="store_true", help="no progress display")
    command.set_defaults(strict=False)
    return command
