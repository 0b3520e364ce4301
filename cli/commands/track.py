"""`castlist track`: MOTChallenge detections tracked and grouped, without a video."""

from argparse import Namespace

from cli.arguments import parse_overrides
from cli.exit_codes import DONE
from cli.track import run_track


def execute(options: Namespace) -> int:
    """Track, and say where the results lie."""
    run_track(options.detections, options.seqinfo, options.output, parse_overrides(options.overrides))
    print(options.output)
    return DONE
