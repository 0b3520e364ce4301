"""A checkpoint converted in a process of its own: without a network where that can be had, without this process's credentials."""

import os
import subprocess
import sys
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from castlist.errors import CastlistError, UsageError
from cli import checkpoint_conversion

_UNSHARED = ("unshare", "--net", "--map-root-user")
_NEEDED = {
    "yolo": (("torch", "torchvision", "ultralytics", "onnx"), "pip install 'castlist[ultralytics]'"),
    "osnet": (("torch", "torchvision", "torchreid", "safetensors"), "pip install 'castlist[torch]'"),
}
_KEPT = ("PATH", "HOME", "LANG", "TMPDIR", "LD_LIBRARY_PATH", "SSL_CERT_FILE")


def convert(words: Sequence[str]) -> None:
    """Run the converter with these arguments; it prints where it wrote.

    Raises `UsageError` where its packages are missing, `CastlistError` where the checkpoint could not be converted.
    """
    options = checkpoint_conversion.parse(list(words))
    needed, remedy = _NEEDED[options.kind]
    missing = [name for name in needed if find_spec(name) is None]
    if missing:
        raise UsageError(f"converting a {options.kind} needs {', '.join(missing)}, not installed here: {remedy}")
    confined = _can_be_confined()
    if not confined:
        print("this machine lets no process go without its network: convert only what you trust", file=sys.stderr)
    script = Path(checkpoint_conversion.__file__)
    command = [*(_UNSHARED if confined else ()), sys.executable, "-P", str(script), *words]  # -P: our modules do not hide others
    done = subprocess.run(command, env={name: os.environ[name] for name in _KEPT if name in os.environ}, check=False)
    if done.returncode:
        raise CastlistError(f"{options.checkpoint} was not converted; why, stands above")


def _can_be_confined() -> bool:
    try:
        return subprocess.run([*_UNSHARED, "true"], capture_output=True, check=False).returncode == 0
    except OSError:
        return False
