"""`castlist setup`: what an installation needs once."""

import asyncio
import sys
import time
from argparse import Namespace

from castlist.bootstrap import Environment, client_environment, create_streams_and_bucket
from castlist.errors import DependencyUnavailable
from cli.exit_codes import DONE

_RETRY_S = 1.0


def execute(options: Namespace) -> int:
    """Create streams, consumers and the bucket."""
    environment = client_environment()
    _create(environment, options.wait)
    print(f"streams and consumers at {environment.nats_url.rpartition('@')[2]}, bucket {environment.s3_bucket!r}: ready")
    return DONE


def _create(environment: Environment, wait_s: float) -> None:
    """Create all, trying again for a while: the servers may have been started a moment ago."""
    deadline_s = time.monotonic() + wait_s
    while True:
        try:
            return asyncio.run(create_streams_and_bucket(environment))
        except DependencyUnavailable as error:
            if time.monotonic() > deadline_s:
                raise
            print(f"castlist: waiting: {error}", file=sys.stderr)
            time.sleep(_RETRY_S)
