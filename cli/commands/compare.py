"""`castlist compare`: whether two result folders hold the same bytes."""

from argparse import Namespace

from cli.exit_codes import DIFFERENT, DONE
from cli.output_folder import compare


def execute(options: Namespace) -> int:
    """Say what differs."""
    differences = compare(options.first, options.second)
    print("\n".join(differences) or "the same bytes")
    return DIFFERENT if differences else DONE
