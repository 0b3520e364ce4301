"""What was measured of networks, committed beside the manifest: how fast each engine runs them, and what bfloat16 changes.

Both files are written by `python -m benchmarks.engines` and are keyed by the SHA-256 of the weights. How fast a network is depends on
its shape alone, so a file of the same name counts too; what bfloat16 does to it depends on the weights.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from castlist.manifest import PACKAGED_FOLDER

SPEEDS_FILE = PACKAGED_FOLDER / "speeds.json"
BFLOAT16_FILE = PACKAGED_FOLDER / "bfloat16.json"


def milliseconds(sha256: str, file_name: str) -> Mapping[str, float]:
    """For a picture, by engine and precision as in `openvino bfloat16`; empty for networks that were never measured."""
    networks = _read(SPEEDS_FILE.name)
    same_name = (network for network in networks.values() if network["file"] == file_name)
    found: Mapping[str, float] = (networks.get(sha256) or next(same_name, {})).get("milliseconds", {})
    return found


def keeps_its_accuracy(sha256: str) -> bool:
    """Whether results in bfloat16 were compared with those in float32 and found as good."""
    return bool(_read(BFLOAT16_FILE.name).get(sha256, {}).get("allowed"))


@cache
def _read(file_name: str) -> Mapping[str, Mapping[str, Any]]:
    networks: Mapping[str, Mapping[str, Any]] = json.loads((PACKAGED_FOLDER / file_name).read_text(encoding="utf-8"))["networks"]
    return networks
