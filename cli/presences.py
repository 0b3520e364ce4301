"""Which services are there, by their own word."""

from contextlib import suppress

from castlist.codec.presence import decode_presence
from castlist.domain.presence import Presence
from castlist.errors import ObjectCorrupt
from castlist.ports import MessageBus


async def read_presences(bus: MessageBus, timeout_s: float) -> list[Presence]:
    """Every service that answers in time, by name and process; what can't be read, of another version, is left out."""
    found = []
    for answer in await bus.ask_services(timeout_s):
        with suppress(ObjectCorrupt):
            found.append(decode_presence(answer))
    return sorted(found, key=lambda presence: (presence.service, presence.process))
