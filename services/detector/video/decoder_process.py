"""`python -m services.detector.video.decoder_process`: reads videos that nobody vouches for, so that nobody else has to.

Started by `services.detector.video.decoders` with a socket, shared memory for pictures and a bound of memory. It answers one
request after another and ends with the process that started it. A fault in a decoder's C code ends this process alone.
"""

import os
import resource
import socket
import sys
import threading
import time
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from castlist.codec.messages import decode_video_plan, encode_video_plan
from castlist.domain.damage import damage_document
from castlist.errors import InputError
from castlist.worker.memory import keep_freed
from services.detector.video.exchange import Channel, Message, PictureRing
from services.detector.video.probe import probe
from services.detector.video.reading import frames_of
from services.detector.video.records import ReadingReport

_SIGN_OF_LIFE_S = 0.2
_MOST_WRITTEN_BYTES = 1 << 20
"""For the words that Python says when it ends with an error; nothing else is written to files here."""
_KEPT_BYTES = 64 << 20  # some pictures of any usual size


def main() -> None:
    channel = Channel(socket.socket(fileno=int(sys.argv[1])))
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit_itself(int(sys.argv[3]) << 20)
    keep_freed(_KEPT_BYTES)
    while (request := channel.receive()) is not None:
        try:
            for message in _answers(request, channel, int(sys.argv[2])):
                channel.send(message)
        except InputError as error:
            channel.send({"refused": str(error)})
        except MemoryError:
            channel.send({"exhausted": True})


def _limit_itself(memory_bytes: int) -> None:
    """As far as the system knows such limits, and has not set lower ones. Where memory runs out, this process is to go first."""
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    for limit, value in ((resource.RLIMIT_AS, memory_bytes), (resource.RLIMIT_CORE, 0), (resource.RLIMIT_FSIZE, _MOST_WRITTEN_BYTES)):
        with suppress(ValueError, OSError):
            resource.setrlimit(limit, (value, value))


def _end_with_parent() -> None:
    """Standard input ends when the process that holds its other end does, whatever ended that; also while a decoder hangs."""
    while os.read(0, 1):
        pass
    os._exit(0)


def _answers(request: Message, channel: Channel, memory: int) -> Iterator[Message]:
    last_sign_s = time.monotonic()

    def sign() -> None:
        nonlocal last_sign_s
        if time.monotonic() - last_sign_s >= _SIGN_OF_LIFE_S:
            channel.send({"alive": True})
            last_sign_s = time.monotonic()

    return _probed(request, sign) if request["do"] == "probe" else _read(request, channel, memory, sign)


def _probed(request: Message, sign: Callable[[], None]) -> Iterator[Message]:
    found = probe(Path(request["path"]), request["segment_s"], request["name"], request["largest_side_px"], sign)
    yield {
        "probed": b64encode(encode_video_plan(found.plan)).decode(),
        "lost_frames": found.lost_frames,
        "warnings": found.warnings,
        "damage": damage_document(found.damage),
    }


def _read(request: Message, channel: Channel, memory: int, sign: Callable[[], None]) -> Iterator[Message]:
    """A message for each frame, whose picture lies in a place of the ring; it waits while no place is free."""
    plan, report = decode_video_plan(b64decode(request["plan"])), ReadingReport()
    places = request["places"]
    ring = PictureRing(memory, places, (plan.height_px, plan.width_px, 3))
    unread = number = 0
    for number, frame in enumerate(frames_of(Path(request["path"]), plan, plan.segments[0], report, request["name"], sign)):
        if unread == places and channel.receive() is not None:
            unread -= 1
        ring.put(number % places, frame.picture)
        unread += 1
        yield {"pts": frame.pts, "place": number % places}
    while unread and channel.receive() is not None:
        unread -= 1
    ring.close()
    counts = {"stored_frames": report.stored_frames, "decoded_frames": report.decoded_frames, "damaged_frames": report.damaged_frames}
    yield {"read": counts, "damage": damage_document(report.damage)}


if __name__ == "__main__":
    main()
