"""What a process that decodes may take of the machine."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DecodingLimits:
    """Bounds of one process that reads videos; it is ended when it goes beyond one of them.

    `memory_mb` is address space, shared pictures and libraries included. `stall_s` is the longest time without
    a packet read or a frame decoded, `total_s` the longest time that is waited for one segment altogether.
    """

    memory_mb: int = 4096
    stall_s: float = 60.0
    total_s: float = 21_600.0
