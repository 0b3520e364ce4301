"""The command line's grammar, as far as it is about crop files."""

import argparse
from pathlib import Path

from cli.editing_arguments import Commands


def add_crop_commands(commands: Commands) -> None:
    """`castlist crops export`, `import` and `convert-pickle`."""
    crops = commands.add_parser("crops", help="crops by person as an HDF5 file for other programs, and back")
    actions = crops.add_subparsers(dest="action", required=True, metavar="export|import|convert-pickle")
    export = actions.add_parser("export", help="write the crops of a job, or of a packed file, in the layout by person")
    export.add_argument("source", metavar="DIR|JOB|FILE", help="folder that `castlist run` filled, job of the services, or packed file")
    export.add_argument("--top", type=_positive, metavar="N", help="the N persons of the highest ranks only (default: all)")
    export.add_argument("--crops", type=_positive, metavar="N", help="at most N crops of each, spread over the video (default: all kept)")
    take = actions.add_parser("import", help="pack a file in the layout by person, without loss")
    take.add_argument("source", type=Path, metavar="CROPS_BY_PERSON.H5")
    convert = actions.add_parser("convert-pickle", help="turn crops_by_person or final_crops.pkl of the earlier systems into the layout")
    convert.add_argument("source", type=Path, metavar="FILE.PKL")
    for command in (export, take, convert):
        command.add_argument("-o", "--output", type=Path, required=True, metavar="FILE.H5")
    for command in (export, convert):
        command.add_argument("--compression", choices=("gzip", "none"), default="gzip", help="of every dataset (default: gzip)")
        command.add_argument("--level", type=int, choices=range(1, 10), default=4, metavar="1-9", help="of gzip (default: 4)")


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
