"""The command line's grammar, as far as it sets parameters."""

import argparse
from collections.abc import Iterable
from dataclasses import fields
from pathlib import Path

from castlist.domain.jobs import Stage
from castlist.domain.parameters import CompareParameters
from castlist.errors import UsageError


def add_parameter_options(command: argparse.ArgumentParser) -> None:
    """`--set`, and the places behind it."""
    command.add_argument(
        "--set", dest="overrides", action="append", default=[], metavar="STAGE.NAME=VALUE", help="override a parameter; may be repeated"
    )
    add_profile_options(command)


def add_profile_options(command: argparse.ArgumentParser) -> None:
    """A profile, and the configuration file."""
    command.add_argument(
        "--profile", metavar="NAME", help="fast_cpu, balanced, high_accuracy or one of the configuration file's (default: CASTLIST_PROFILE)"
    )
    command.add_argument(
        "--config",
        dest="config_file",
        type=Path,
        metavar="FILE",
        help="configuration file (default: CASTLIST_CONFIG, else castlist.toml in the current folder)",
    )


def add_merge_option(command: argparse.ArgumentParser) -> None:
    """The one parameter that has an option of its own."""
    command.add_argument(
        "--merge",
        dest="overrides",
        action="append",
        default=[],
        type=_merge_mode,
        metavar="plan|auto",
        help="auto merges persons where the plan is sure, undone with `castlist undo`; plan (default) only proposes: --set compare.merge",
    )


def add_config_command(config: argparse.ArgumentParser) -> None:
    """`castlist config`."""
    config.add_argument("stage", nargs="?", type=Stage, choices=list(Stage), metavar="STAGE", help="only this stage's parameters")
    config.add_argument("--write", type=Path, metavar="FILE", help="write a configuration file with every parameter, explained")
    config.add_argument("--json", action="store_true", help="one JSON document, for programs")
    add_parameter_options(config)


def parse_overrides(texts: Iterable[str]) -> dict[str, str]:
    """`stage.name=value` texts as a mapping. Raises `UsageError` for a text without `=`."""
    overrides = {}
    for text in texts:
        name, sign, value = text.partition("=")
        if not sign:
            raise UsageError(f"--set wants STAGE.NAME=VALUE, not {text!r}")
        overrides[name.strip()] = value.strip()
    return overrides


def _merge_mode(text: str) -> str:
    modes = next(spec.metadata["choices"] for spec in fields(CompareParameters) if spec.name == "merge")
    if text not in modes:
        raise argparse.ArgumentTypeError(f"{text!r} is neither {' nor '.join(modes)}")
    return f"compare.merge={text}"
