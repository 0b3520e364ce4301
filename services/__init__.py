"""The services. They talk by messages and never import each other."""

import castlist as _  # noqa: F401 - before any ONNX Runtime: switches its telemetry off
