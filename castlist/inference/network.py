"""What every engine offers for a network in an ONNX file, so that detectors and embedders need not know which runs it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Tensor:
    """An input or output: numpy's name of its type, and its sides, None where the file leaves one open."""

    name: str
    type: str
    shape: tuple[int | None, ...]

    def __str__(self) -> str:
        """The shape, with `?` for open sides."""
        return f"[{', '.join('?' if side is None else str(side) for side in self.shape)}]"


class Network(Protocol):
    """May be run by several threads at once; each run has its caller's thread alone, and the same input gives the same output."""

    @property
    def inputs(self) -> tuple[Tensor, ...]: ...

    @property
    def outputs(self) -> tuple[Tensor, ...]: ...

    @property
    def facts(self) -> Mapping[str, str]:
        """What the exporter wrote beside the network."""

    def run(self, outputs: Sequence[str], inputs: Mapping[str, NDArray[Any]]) -> list[NDArray[Any]]:
        """The named outputs, in that order."""
