"""Nothing leaves the machine: ONNX Runtime's telemetry, on by default from 1.29, is off wherever our code loads it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

PROBE = """
import importlib, sys
importlib.import_module(sys.argv[1])
import onnxruntime
onnxruntime.InferenceSession("castlist/models/ssdlite_pedestrian.onnx", providers=["CPUExecutionProvider"])
"""

# Any of these switches it off too, and would hide that we forgot.
SILENCERS = ("CI", "GITHUB_ACTIONS", "TF_BUILD", "ORT_DISABLE_TELEMETRY", "ORT_RUNNING_UNIT_TESTS")


@pytest.mark.parametrize("module", ["cli.main", "castlist.inference.onnx_runtime", "services.reid.models.osnet"])
def test_loading_a_model_leaves_no_device_id(module, tmp_path):
    environment = {name: value for name, value in os.environ.items() if name not in SILENCERS and not name.startswith("XDG_")}
    probe = subprocess.run(
        [sys.executable, "-c", PROBE, module],
        cwd=REPOSITORY,
        env=environment | {"HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert probe.returncode == 0, probe.stderr
    assert list(tmp_path.rglob("*")) == []
