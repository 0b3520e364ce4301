"""What a task's result depends on, as one hash: the task, our code, the libraries and the machine type."""

import hashlib
import platform
from collections.abc import Iterable
from importlib import metadata
from importlib.resources import files
from importlib.resources.abc import Traversable

from castlist.codec.job_messages import encode_task_identity
from castlist.domain.jobs import Task

LIBRARIES = (
    "numpy",
    "scipy",
    "opencv-python-headless",
    "h5py",
    "av",
    "pillow",
    "protobuf",
    "jinja2",
    "onnxruntime",
    "onnxruntime-gpu",
    "openvino",
    "torch",
    "torchvision",
    "torchreid",
    "ultralytics",
    "ultralytics-opencv-headless",
)
"""Libraries that can change a result's bytes."""


def code_digest(*packages: str) -> str:
    """SHA-256 over the packages' files, the libraries' versions and the machine type."""
    digest = hashlib.sha256(f"{platform.machine()} {platform.processor()}\n".encode())
    for library in LIBRARIES:
        digest.update(f"{library} {_version(library)}\n".encode())
    for package in packages:
        for name, content in _sources(files(package), package):
            digest.update(f"{name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def task_fingerprint(task: Task, digest: str) -> str:
    """SHA-256 of a task and the code that would compute it: equal fingerprints mean equal results."""
    return hashlib.sha256(digest.encode() + encode_task_identity(task)).hexdigest()


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "absent"


def _sources(folder: Traversable, path: str) -> Iterable[tuple[str, bytes]]:
    for item in sorted(folder.iterdir(), key=lambda entry: entry.name):
        if item.is_dir() and not item.name.startswith((".", "__")):
            yield from _sources(item, f"{path}/{item.name}")
        elif item.is_file() and item.name.endswith((".py", ".j2", ".css", ".js", ".toml", ".json", ".svg", ".html")):
            yield f"{path}/{item.name}", item.read_bytes()
