"""What a running service says of itself, as JSON."""

import json
from dataclasses import asdict

from castlist.domain.presence import Presence, TaskInHand
from castlist.errors import ObjectCorrupt


def encode_presence(presence: Presence) -> bytes:
    return json.dumps(asdict(presence), sort_keys=True).encode()


def decode_presence(data: bytes) -> Presence:
    """Raises `ObjectCorrupt` for what no service of this version says."""
    try:
        document = json.loads(data)
        in_hand = tuple(TaskInHand(**item) for item in document.pop("in_hand"))
        return Presence(**document, in_hand=in_hand)
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ObjectCorrupt(f"a service said something of itself that can't be read: {error}") from error
