"""What a process loads: a service loads only the vendors of its own work, so that images and start-up stay small."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

NEURAL = {"torch", "torchvision", "ultralytics", "openvino", "onnxruntime"}
PICTURES = {"cv2", "PIL", "av"}
SERVERS = {"nats", "minio"}
PAGES = {"jinja2", "rich", "trackeval"}
WATCHING = {"grpc", "grpc_health", "prometheus_client", "opentelemetry"}
VENDORS = NEURAL | PICTURES | SERVERS | PAGES | WATCHING | {"h5py", "google", "scipy", "numpy"}

ALLOWED = {
    "castlist.domain.jobs": set(),
    "castlist.domain.video": set(),
    "castlist.domain.parameters": set(),
    "castlist.domain.records": {"numpy"},
    "castlist.domain.geometry": {"numpy"},
    "castlist.errors": set(),
    "castlist.topology": set(),
    "castlist.ports": set(),
    "castlist.worker": {"google", "numpy"},
    "services.coordinator.service": {"google", "numpy"},
    "services.fetcher.network.downloading": set(),
    "services.tracker.handler": {"google", "numpy", "scipy"},
    "services.grouper.service": {"google", "numpy", "scipy", "h5py", "cv2"},
    "services.detector.service": {"google", "numpy", "h5py", "cv2", "onnxruntime"},  # no FFmpeg: that is for processes of their own
    "services.detector.video.decoder_process": {"google", "numpy", "av"},
    "services.reid.service": {"google", "numpy", "h5py", "cv2", "onnxruntime"},
    "services.reporter.handler": {"google", "numpy", "h5py", "av", "cv2", "PIL", "jinja2"},
}

PROBE = (
    "import importlib, json, sys; importlib.import_module(sys.argv[1]); print(json.dumps([name.partition('.')[0] for name in sys.modules]))"
)


def loaded_by(module: str) -> set[str]:
    """Top-level names of everything that importing a module loads, in a fresh process."""
    probe = subprocess.run([sys.executable, "-c", PROBE, module], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert probe.returncode == 0, probe.stderr
    return set(json.loads(probe.stdout))


@pytest.mark.parametrize("module", sorted(ALLOWED))
def test_only_the_vendors_of_its_own_work_are_loaded(module):
    assert loaded_by(module) & VENDORS <= ALLOWED[module]


@pytest.mark.parametrize("module", ["cli.commands.run", "castlist.serving"])
def test_what_watches_services_is_loaded_only_where_it_is_switched_on(module):
    assert loaded_by(module) & WATCHING == set()
