"""The command line's grammar of `castlist models`."""

import os
from pathlib import Path

from cli.editing_arguments import Commands

CONVERT = ("models", "convert")
"""Words after these are for the converter's own grammar (`cli/checkpoint_conversion.py`)."""


def add_model_commands(commands: Commands) -> None:
    """`models list`, `pull`, `verify` and `convert`."""
    models = commands.add_parser("models", help="the networks' weights: which there are, fetch, check and convert them")
    actions = models.add_subparsers(dest="action", required=True, metavar="list|pull|verify|convert")
    listing = actions.add_parser("list", help="every model: where its weights lie, what runs them, licence, quality and speed")
    verify = actions.add_parser("verify", help="compare the weights that are here with the manifest's SHA-256; exits with 1 if one differs")
    for command in (listing, verify):
        command.add_argument("--models", type=Path, metavar="DIR", help="folder with model weights (default: CASTLIST_MODELS)")
        command.add_argument("--json", action="store_true", help="one JSON document, for programs")
    pull = actions.add_parser("pull", help="download weights, into the cache or a folder that services use")
    pull.add_argument("names", nargs="*", metavar="NAME", help="of the list (default: the preferred model of each task)")
    pull.add_argument("--to", type=Path, metavar="DIR", help="a folder instead of the cache (CASTLIST_CACHE)")
    pull.add_argument("--offline", action="store_true", default=os.environ.get("CASTLIST_OFFLINE") == "1", help="download none")
    pull.add_argument("-q", "--quiet", action="store_true", help="no progress display")
    actions.add_parser("convert", add_help=False, help="turn a checkpoint (.pt, .pth) into a file that services load")
