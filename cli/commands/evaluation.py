"""`castlist eval`: a result folder scored against ground truth."""

from argparse import Namespace

from cli.evaluate import score_folder
from cli.exit_codes import DONE


def execute(options: Namespace) -> int:
    """Print the scores."""
    print(score_folder(options.folder, options.gt, options.people))
    return DONE
