"""The `castlist` command."""

import os
import sys
from argparse import Namespace
from collections.abc import Callable, Sequence
from importlib import import_module
from typing import NoReturn

from castlist.errors import CastlistError, InputError, UsageError
from cli.arguments import EVAL_REID, parse_arguments
from cli.editing_arguments import EDITING_COMMANDS
from cli.exit_codes import BAD_INPUT, FAILED, INTERRUPTED, USAGE, say

_MODULES = {"eval": "evaluation", EVAL_REID: "reid_evaluation", **dict.fromkeys(EDITING_COMMANDS, "editing")}
"""Where a command's module is not named like the command."""


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
        return _command(options.command)(options)
    except UsageError as error:
        return say(USAGE, str(error))
    except InputError as error:
        return say(BAD_INPUT, str(error))
    except CastlistError as error:
        return say(FAILED, str(error))
    except KeyboardInterrupt:
        return say(INTERRUPTED, "interrupted; the same command goes on from here")


def _command(name: str) -> Callable[[Namespace], int]:
    """The command's `execute`. Raises `UsageError` where this installation lacks a part that it needs."""
    try:
        module = import_module(f"cli.commands.{_MODULES.get(name, name)}")
    except ModuleNotFoundError as error:
        raise UsageError(
            f"this installation can't do `castlist {name}`: it lacks {error.name}; use one with all of Castlist's services and packages"
        ) from error
    execute: Callable[[Namespace], int] = module.execute
    return execute
