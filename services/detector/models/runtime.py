"""What a result's bytes depend on beside weights and parameters."""

import cv2
import onnxruntime as ort


def onnx_runtime() -> str:
    """Library, version, device and precision of networks."""
    return f"onnxruntime {ort.__version__} cpu float32"


def picture_runtime() -> str:
    """The same for descriptors that need no network."""
    return f"opencv {cv2.__version__} cpu float32"
