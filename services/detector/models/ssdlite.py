"""SSDLite pedestrian network (MobileNet v2 features; Sandler et al., CVPR 2018, section 6.2)."""

import cv2
import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32
from castlist.inference.network import Network

_INPUT = "image_tensor:0"
_OUTPUTS = ("detection_boxes:0", "detection_scores:0")


class SsdliteDetector:
    """The network scales what it is given to 300 x 300 and suppresses overlaps itself, 100 boxes at most.

    Several tiles in one run give the same boxes as one run each and take a fifth longer, so a run is one tile.
    """

    SIDE_PX = 300

    def __init__(self, network: Network) -> None:
        self._network = network

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """See `Detector`."""
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        boxes, scores = self._network.run(_OUTPUTS, {_INPUT: rgb[np.newaxis]})
        confident = ~(scores[0] < min_confidence)  # what is no number is left to be counted as degenerate
        height, width = picture.shape[:2]
        relative = boxes[0][confident][:, [1, 0, 3, 2]]  # the network's order is y1, x1, y2, x2
        return relative * np.array([width, height, width, height], np.float32), scores[0][confident]
