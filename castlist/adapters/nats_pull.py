"""One request for messages of a pull consumer."""

import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from castlist.adapters.nats_connection import NatsConnection, status_of
from castlist.errors import DependencyUnavailable
from castlist.ports import Headers

LONGEST_PULL_S = 5.0
"""A request that the broker forgot in a restart costs at most this long."""

_GRACE_S = 5.0
_REQUEST_OVER = (404, 408)


async def pull(connection: NatsConnection, stream: str, consumer: str, *, batch: int, expires_s: float) -> AsyncGenerator[Any, None]:
    """Up to `batch` messages, each as soon as it is there, until `expires_s` have passed; at 0 only what is there now.

    Raises `DependencyUnavailable` when the consumer or the broker is gone. Close it (`aclosing`) to hand back
    at once what was delivered and not read.
    """
    subject = f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}"
    wish = {"batch": batch, "expires": int(expires_s * 1e9)} if expires_s > 0 else {"batch": batch, "no_wait": True}
    async with connection.mailbox(subject, expires_s or None) as box:
        await connection.publish(subject, json.dumps(wish).encode(), reply=box.inbox)
        left = batch
        while not box.complete:
            message = await box.next(expires_s + _GRACE_S)
            status = status_of(message)
            if status is None:
                left -= 1
                box.complete = left == 0
                yield message
            elif status in _REQUEST_OVER:
                box.complete = True
            else:
                raise DependencyUnavailable(
                    f"consumer {consumer} of {stream} does not answer ({status}): create the streams, or wait for them"
                )


def headers_of(message: Any) -> Headers:
    """What was published beside a message, without what JetStream was told."""
    return {name: text for name, text in (message.headers or {}).items() if not name.startswith("Nats-")}


async def take_one(connection: NatsConnection, stream: str, consumer: str, expires_s: float) -> Any | None:
    """One message, or None when none came within `expires_s`."""
    async with aclosing(pull(connection, stream, consumer, batch=1, expires_s=min(expires_s, LONGEST_PULL_S))) as messages:
        async for message in messages:
            return message
    return None
