"""How a process that decodes and the one that asked it talk: JSON over a socket, pictures through shared memory."""

import fcntl
import json
import mmap
import os
import socket
import tempfile
from typing import Any

import numpy as np
from numpy.typing import NDArray

Message = dict[str, Any]

_LENGTH_BYTES = 4
_PART_BYTES = 1 << 16
_LONGEST_BYTES = 1 << 26  # a plan of 2000 segments has 100 kB


class Channel:
    """One end of a pair of connected sockets; messages are JSON objects behind their length."""

    def __init__(self, end: socket.socket) -> None:
        self._socket = end
        self._timeout_s: float | None = None
        self._received = bytearray()

    def send(self, message: Message) -> None:
        """Raises `OSError` when the other side is gone."""
        data = json.dumps(message, separators=(",", ":")).encode()
        self._socket.sendall(len(data).to_bytes(_LENGTH_BYTES, "little") + data)

    def receive(self, timeout_s: float | None = None) -> Message | None:
        """The next message; None when the other side is gone. Raises `TimeoutError` when none comes in time."""
        if timeout_s != self._timeout_s:
            self._socket.settimeout(timeout_s)
            self._timeout_s = timeout_s
        length = self._first(_LENGTH_BYTES)
        if length is None or int.from_bytes(length, "little") > _LONGEST_BYTES:
            return None
        data = self._first(int.from_bytes(length, "little"))
        if data is None:
            return None
        message: Message = json.loads(data)
        return message

    def close(self) -> None:
        self._socket.close()

    def _first(self, length: int) -> bytes | None:
        """That many bytes off the front of what was received; None if the other side is gone before they came."""
        while len(self._received) < length:
            try:
                part = self._socket.recv(_PART_BYTES)
            except ConnectionError:
                return None
            if not part:
                return None
            self._received += part
        first = bytes(self._received[:length])
        del self._received[:length]
        return first


def anonymous_memory() -> int:
    """A file descriptor of memory that has no name and can be shared by inheritance; a removed file where the system has no such."""
    if hasattr(os, "memfd_create"):
        memory = os.memfd_create("castlist-pictures", os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
        fcntl.fcntl(memory, fcntl.F_ADD_SEALS, fcntl.F_SEAL_SHRINK)  # who shrinks it would end whoever looks at it
        return memory
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


class PictureRing:
    """A few equal places for pictures in shared memory, in one process's view of it."""

    def __init__(self, descriptor: int, places: int, shape: tuple[int, int, int]) -> None:
        self._shape = shape
        self._picture_bytes = shape[0] * shape[1] * shape[2]
        self._memory = mmap.mmap(descriptor, places * self._picture_bytes)

    def put(self, place: int, picture: NDArray[np.uint8]) -> None:
        np.copyto(self._view(place), picture)

    def take(self, place: int) -> NDArray[np.uint8]:
        """A copy of the picture, which stays what it is when the place is used again."""
        return self._view(place).copy()

    def close(self) -> None:
        self._memory.close()

    def _view(self, place: int) -> NDArray[np.uint8]:
        first = np.frombuffer(self._memory, np.uint8, self._picture_bytes, place * self._picture_bytes)
        return first.reshape(self._shape)
