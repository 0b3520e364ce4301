"""Castlist: who is in this video, when, and which tracks are the same person."""

import os

__version__ = "0.1.0"

# ONNX Runtime from 1.29 on writes a device id and reports its use to its maker unless this is set before it is loaded.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")
