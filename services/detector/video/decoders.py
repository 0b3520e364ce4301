"""Videos probed and read by processes of their own, so that no file can harm the service.

The processes stay for the next task, one for each that is in hand at a time. Pictures are decoded ahead while earlier ones
are looked at, and are the same as those that `probe` and `reading` give in this process.
"""

import threading
import weakref
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path

from castlist.codec.messages import decode_video_plan, encode_video_plan
from castlist.domain.damage import spans_of
from castlist.domain.decoding import DecodingLimits
from castlist.domain.video import Segment, VideoPlan
from castlist.errors import InputError
from services.detector.video.decoder_child import DecoderChild, DecoderStopped
from services.detector.video.exchange import Message
from services.detector.video.records import Frame, ProbedVideo, ReadingReport

_MOST_REQUESTS = 200
"""After which a process is replaced, so that what leaks in a decoder does not add up."""

_MOST_KEPT_BYTES = 64 << 20
"""Of shared memory that a process keeps for the next task; also about how much is decoded ahead."""

_LEAST_PLACES, _MOST_PLACES = 2, 4


class Decoders:
    """The processes of one service. For any number of threads."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits
        self._lock = threading.Lock()
        self._idle: list[DecoderChild] = []
        self.close = weakref.finalize(self, _end_all, self._lock, self._idle)

    def prepare(self, count: int) -> None:
        """Start processes, so that the first tasks need not wait for them."""
        children = [DecoderChild(self._limits) for _ in range(count - len(self._idle))]
        with self._lock:
            self._idle.extend(children)

    def probe(self, path: Path, segment_s: float, largest_side_px: int, name: str = "the video") -> ProbedVideo:
        """Look at a video and cut it into segments of about `segment_s` seconds, 0 for the usual; `name` stands for the file in messages.

        Raises `InputError` for what can't be processed.
        """
        request = {"do": "probe", "path": str(path), "name": name, "segment_s": segment_s, "largest_side_px": largest_side_px}
        with self._child() as child, _said_of(name, lambda: "while its packets were read"):
            (found,) = _answers(child, request)
        plan = decode_video_plan(b64decode(found["probed"]))
        return ProbedVideo(plan, found["lost_frames"], tuple(found["warnings"]), spans_of(found["damage"]))

    def frames_of(
        self, path: Path, plan: VideoPlan, segment: Segment, report: ReadingReport | None = None, name: str = "the video"
    ) -> Iterator[Frame]:
        """The segment's frames in order, each once. Damaged packets are skipped and counted in `report`, which is filled at the end.

        Raises `InputError` for a file that can't be opened, or that no decoder within its limits gets through.
        """
        shape = plan.height_px, plan.width_px, 3
        places = min(_MOST_PLACES, max(_LEAST_PLACES, _MOST_KEPT_BYTES // (shape[0] * shape[1] * 3)))
        part = b64encode(encode_video_plan(replace(plan, segments=(segment,)))).decode()
        request = {"do": "read", "path": str(path), "name": name, "plan": part, "places": places}
        last_pts = segment.start_pts
        with self._child() as child, _said_of(name, lambda: f"behind {plan.seconds(last_pts):.1f} s"):
            ring = child.ring(places, shape)
            try:
                for message in _answers(child, request):
                    if "read" in message:
                        _fill(report, message)
                        return
                    picture, last_pts = ring.take(message["place"]), message["pts"]
                    child.release_place()
                    yield Frame(last_pts, picture)
            finally:
                ring.close()

    @contextmanager
    def _child(self) -> Iterator[DecoderChild]:
        child = self._taken() or DecoderChild(self._limits)
        try:
            yield child
        finally:
            if child.is_usable and child.requests < _MOST_REQUESTS and child.shared_bytes <= _MOST_KEPT_BYTES:
                with self._lock:
                    self._idle.append(child)
            else:
                child.end()

    def _taken(self) -> DecoderChild | None:
        with self._lock:
            while self._idle:
                child = self._idle.pop()
                if child.is_usable:
                    return child
                child.end()
        return None


@cache
def decoders_of(limits: DecodingLimits) -> Decoders:
    """The decoders that all tasks of this process with the same limits use."""
    return Decoders(limits)


def _answers(child: DecoderChild, request: Message) -> Iterator[Message]:
    for message in child.answers(request):
        if "refused" in message:
            raise InputError(message["refused"])
        yield message


@contextmanager
def _said_of(name: str, place: Callable[[], str]) -> Iterator[None]:
    """Why the decoder stopped, as an error of the input that names file, place and remedy."""
    try:
        yield
    except DecoderStopped as stopped:
        raise InputError(f"{name}: {stopped.words} {place()}; {stopped.remedy}") from stopped


def _fill(report: ReadingReport | None, message: Message) -> None:
    if report is not None:
        for name, count in message["read"].items():
            setattr(report, name, int(count))
        report.damage = spans_of(message["damage"])


def _end_all(lock: threading.Lock, idle: list[DecoderChild]) -> None:
    with lock:
        while idle:
            idle.pop().end()
