"""`castlist setup`: what an installation needs once."""

import asyncio
from argparse import Namespace

from castlist.bootstrap import client_environment, create_streams_and_bucket
from cli.exit_codes import DONE


def execute(_: Namespace) -> int:
    """Create streams, consumers and the bucket."""
    environment = client_environment()
    asyncio.run(create_streams_and_bucket(environment))
    print(f"streams and consumers at {environment.nats_url.rpartition('@')[2]}, bucket {environment.s3_bucket!r}: ready")
    return DONE
