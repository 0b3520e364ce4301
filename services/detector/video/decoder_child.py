"""One process that decodes, seen from the process that started it."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from castlist.domain.decoding import DecodingLimits
from services.detector.video.diagnosis import CONVERT, SCALE_DOWN
from services.detector.video.exchange import Channel, Message, PictureRing, anonymous_memory

_MODULE = "services.detector.video.decoder_process"
_SOURCES = Path(__file__).resolve().parents[3]
# The environment of a service holds passwords, which nothing that reads strangers' files should have.
_PASSED_ON = ("PATH", "LANG", "LC_ALL", "LC_CTYPE", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "TMPDIR", "PYTHONHOME")
_ENDS = frozenset({"probed", "read", "refused"})
_LAST_WORDS_BYTES = 2000
_TIME_TO_END_S = 10.0
_NO_TIME_S = 0.001
_HARMED = "the file is damaged there or made to do harm"
_CRASHES = {
    -number: number.name for number in (signal.SIGSEGV, signal.SIGBUS, signal.SIGABRT, signal.SIGILL, signal.SIGFPE, signal.SIGTRAP)
}


class DecoderStopped(Exception):
    """The process has ended, or was ended, before its answer; `words` say how, for a sentence that names the file."""

    def __init__(self, words: str, remedy: str) -> None:
        super().__init__(words)
        self.words = words
        self.remedy = remedy


class DecoderLost(ChildProcessError):
    """The process was ended from outside, or by a fault of its own code: not the file's fault, so worth another try."""


class DecoderChild:
    """A fresh interpreter that waits for requests; ends with this process, however that ends."""

    def __init__(self, limits: DecodingLimits) -> None:
        self._limits = limits
        self._memory, self._memory_bytes, self._words = anonymous_memory(), 0, anonymous_memory()
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        arguments = [str(theirs.fileno()), str(self._memory), str(limits.memory_mb)]
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", _MODULE, *arguments],
                env=_environment(),
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=self._words,
                pass_fds=(theirs.fileno(), self._memory),
                start_new_session=True,  # Ctrl-C is for the process that it belongs to
            )
        self.at_rest = True
        self.requests = 0

    @property
    def is_usable(self) -> bool:
        return self.at_rest and self._process.poll() is None

    @property
    def shared_bytes(self) -> int:
        return self._memory_bytes

    def ring(self, places: int, shape: tuple[int, int, int]) -> PictureRing:
        """The shared memory, as large as needed, as places for pictures."""
        wanted_bytes = places * shape[0] * shape[1] * shape[2]
        if wanted_bytes > self._memory_bytes:
            os.ftruncate(self._memory, wanted_bytes)
            self._memory_bytes = wanted_bytes
        return PictureRing(self._memory, places, shape)

    def answers(self, request: Message) -> Iterator[Message]:
        """What it answers, up to the end of this request; signs of life are kept back. Raises `DecoderStopped` and `DecoderLost`."""
        self.at_rest = False
        self.requests += 1
        left_s = self._limits.total_s
        try:
            self._channel.send(request)
            while not self.at_rest:
                before_s = time.monotonic()
                message = self._received(left_s)
                left_s -= time.monotonic() - before_s
                self.at_rest = not _ENDS.isdisjoint(message)
                if "alive" not in message:
                    yield message
        except ConnectionError:
            raise self._why_ended() from None

    def _received(self, left_s: float) -> Message:
        limits = self._limits
        try:
            message = self._channel.receive(limits.stall_s if left_s >= limits.stall_s else max(_NO_TIME_S, left_s))
        except TimeoutError:
            if left_s < limits.stall_s:
                words, setting = f"took longer than {limits.total_s:g} s", "CASTLIST_DECODER_TOTAL_S"
            else:
                words, setting = f"stood still for {limits.stall_s:g} s", "CASTLIST_DECODER_STALL_S"
            raise DecoderStopped(f"decoding {words}", f"{_HARMED}: {CONVERT}, or raise {setting}") from None
        if message is None:
            raise self._why_ended()
        if "exhausted" in message:
            words = f"decoding needed more than {limits.memory_mb} MB of memory"
            raise DecoderStopped(words, f"{SCALE_DOWN}, or raise CASTLIST_DECODER_MEMORY_MB")
        return message

    def release_place(self) -> None:
        """Let it use the place that was used longest ago again. If it is gone, the next answer tells."""
        with suppress(ConnectionError):
            self._channel.send({"free": True})

    def end(self) -> None:
        """At once, whatever it does. One that hangs within the system itself, on a disk that is gone say, is left to it."""
        self._process.kill()
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(_TIME_TO_END_S)
        if self._process.stdin is not None:
            self._process.stdin.close()
        self._channel.close()
        os.close(self._memory)
        os.close(self._words)

    def _why_ended(self) -> DecoderStopped | DecoderLost:
        try:
            code = self._process.wait(_TIME_TO_END_S)
        except subprocess.TimeoutExpired:
            return DecoderLost("the decoder said nothing more and did not end")
        if code in _CRASHES:
            return DecoderStopped(f"the decoder crashed ({_CRASHES[code]})", f"{_HARMED}: {CONVERT}")
        if code == -signal.SIGKILL:
            return DecoderLost("the decoder was killed, perhaps by the system: give it more memory, or lower CASTLIST_DECODER_MEMORY_MB")
        return DecoderLost(f"the decoder ended with code {code}: {self._last_words()}")

    def _last_words(self) -> str:
        length = os.fstat(self._words).st_size
        return os.pread(self._words, _LAST_WORDS_BYTES, max(0, length - _LAST_WORDS_BYTES)).decode(errors="replace").strip()


def _environment() -> dict[str, str]:
    found = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
    paths = os.pathsep.join(filter(None, (str(_SOURCES), os.environ.get("PYTHONPATH"))))
    return found | {"PYTHONPATH": paths, "OPENBLAS_NUM_THREADS": "1"}
