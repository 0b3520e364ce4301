"""What every appearance model offers."""

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32

Picture = NDArray[np.uint8]
"""A crop, BGR, `(height, width, 3)`."""


class Embedder(Protocol):
    """Turns crops into vectors whose cosine says how alike two people look."""

    def embed(self, crops: Sequence[Picture]) -> Float32:
        """One row a crop, `(N, D)`, not normalised. D is fixed for an embedder; the same crops give the same rows."""
