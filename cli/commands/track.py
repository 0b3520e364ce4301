"""`castlist track`: MOTChallenge detections tracked and grouped, without a video."""

from argparse import Namespace

from cli.configuration import read_choice
from cli.exit_codes import DONE
from cli.track import run_track


def execute(options: Namespace) -> int:
    """Track, and say where the results lie."""
    choice = read_choice(options)
    run_track(options.detections, options.seqinfo, options.output, choice.overrides, choice.settings)
    print(options.output)
    return DONE
