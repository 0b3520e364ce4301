"""What every detection network looks like to the rest of the service."""

from collections.abc import Sequence
from typing import Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32


class Detector(Protocol):
    """Finds people in one picture. May be called from several threads at once."""

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """Boxes `(N, 4)` xyxy in pixels of the picture, and confidences `(N,)` of at least `min_confidence`.

        `picture` is BGR `(H, W, 3)`. Boxes may overlap and reach beyond the picture; confidences fall.
        """


@runtime_checkable
class BatchDetector(Detector, Protocol):
    """A detector whose network takes several pictures in one pass."""

    def detect_batch(self, pictures: Sequence[NDArray[np.uint8]], min_confidence: float) -> list[tuple[Float32, Float32]]:
        """What `detect` gives for each; the network's last digits may depend on how many there are."""


def detect_all(detector: Detector, pictures: Sequence[NDArray[np.uint8]], min_confidence: float) -> list[tuple[Float32, Float32]]:
    """What a detector finds in each picture, in one pass where it can and there are several."""
    if len(pictures) > 1 and isinstance(detector, BatchDetector):
        return detector.detect_batch(pictures, min_confidence)
    return [detector.detect(picture, min_confidence) for picture in pictures]
