"""What every detection network looks like to the rest of the service."""

from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32


class Detector(Protocol):
    """Finds people in one picture. May be called from several threads at once."""

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """Boxes `(N, 4)` xyxy in pixels of the picture, and confidences `(N,)` of at least `min_confidence`.

        `picture` is BGR `(H, W, 3)`. Boxes may overlap and reach beyond the picture; confidences fall.
        """
