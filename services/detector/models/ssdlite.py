"""SSDLite pedestrian network (MobileNet v2 features; Sandler et al., CVPR 2018, section 6.2)."""

import cv2
import numpy as np
import onnxruntime as ort
from numpy.typing import NDArray

from castlist.domain.records import Float32

_INPUT = "image_tensor:0"
_OUTPUTS = ("detection_boxes:0", "detection_scores:0")


class SsdliteDetector:
    """The network scales what it is given to 300 x 300 and suppresses overlaps itself, 100 boxes at most.

    Several tiles in one run give the same boxes as one run each and take a fifth longer, so a run is one tile.
    """

    def __init__(self, session: ort.InferenceSession) -> None:
        self._session = session

    def detect(self, picture: NDArray[np.uint8], min_confidence: float) -> tuple[Float32, Float32]:
        """See `Detector`."""
        rgb = cv2.cvtColor(picture, cv2.COLOR_BGR2RGB)
        boxes, scores = self._session.run(_OUTPUTS, {_INPUT: rgb[np.newaxis]})
        confident = scores[0] >= min_confidence
        height, width = picture.shape[:2]
        relative = boxes[0][confident][:, [1, 0, 3, 2]]  # the network's order is y1, x1, y2, x2
        return relative * np.array([width, height, width, height], np.float32), scores[0][confident]
