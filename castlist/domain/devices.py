"""Where networks run, as the environment wishes it."""

from dataclasses import dataclass
from enum import StrEnum

from castlist.errors import UsageError


class Device(StrEnum):
    """What a network runs on; one GPU is used, the first that the process can see."""

    CPU = "cpu"
    CUDA = "cuda"


class DeviceWish(StrEnum):
    """`auto` is CUDA where it can be used, else the CPU, which is said; `cuda` is CUDA or nothing."""

    AUTO = "auto"
    CPU = "cpu"
    CUDA = "cuda"


@dataclass(frozen=True, slots=True)
class Devices:
    """The wish for this process (`CASTLIST_DEVICE`), and what `plan` names for workers that embed (`CASTLIST_REID_DEVICE`).

    `reid` is empty where those workers' machines are like this one.
    """

    own: DeviceWish = DeviceWish.CPU
    reid: Device | None = None


CPU_ALONE = Devices()


def parse_devices(own: str, reid: str) -> Devices:
    """From the texts of `CASTLIST_DEVICE` and `CASTLIST_REID_DEVICE`, empty where they are not set. Raises `UsageError`."""
    if own and own not in set(DeviceWish):
        raise UsageError(f"CASTLIST_DEVICE must be auto, cpu or cuda, not {own!r}")
    if reid and reid not in set(Device):
        raise UsageError(f"CASTLIST_REID_DEVICE must be cpu or cuda, not {reid!r}")
    return Devices(DeviceWish(own or DeviceWish.CPU), Device(reid) if reid else None)
