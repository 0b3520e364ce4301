"""What `deploy/k8s` asks of a cluster: the base as its files say it, the overlays as kustomize renders them."""

import shutil
import subprocess
import unittest
from pathlib import Path
from typing import Any

import yaml

Manifest = dict[str, Any]

KUBERNETES = Path(__file__).resolve().parents[2] / "deploy" / "k8s"


class KustomizeMissing(unittest.SkipTest):
    """No program of this machine renders a kustomization. A test that needs one is skipped."""


def base() -> list[Manifest]:
    """The base, read without kustomize: its files are whole, only its ConfigMaps are made from others."""
    folder = KUBERNETES / "base"
    kustomization = yaml.safe_load((folder / "kustomization.yaml").read_text())
    files = [folder / name for name in kustomization["resources"]]
    return [*(item for file in files for item in yaml.safe_load_all(file.read_text())), *_config_maps(folder, kustomization)]


def rendered(overlay: str) -> list[Manifest]:
    """An overlay as `kubectl apply -k` would send it."""
    return render(KUBERNETES / "overlays" / overlay)


def env_file(path: Path) -> dict[str, str]:
    """`NAME=VALUE` lines."""
    lines = [line for line in path.read_text().splitlines() if line and not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines)


def pod_template(item: Manifest) -> Manifest | None:
    """Labels and spec of the pods that a workload makes, None for what makes none."""
    return item["spec"]["template"] if item["kind"] in ("Deployment", "StatefulSet", "Job") else None


def render(folder: Path) -> list[Manifest]:
    """A folder with a kustomization, rendered by the program itself."""
    kubectl, kustomize = shutil.which("kubectl"), shutil.which("kustomize")
    if kubectl is None and kustomize is None:
        raise KustomizeMissing("neither kubectl nor kustomize is on this machine")
    command = [kubectl, "kustomize"] if kubectl else [kustomize, "build"]
    done = subprocess.run([*command, str(folder)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr
    return list(yaml.safe_load_all(done.stdout))


def _config_maps(folder: Path, kustomization: Manifest) -> list[Manifest]:
    found = []
    for entry in kustomization["configMapGenerator"]:
        data = {name: value for file in entry.get("envs", ()) for name, value in env_file(folder / file).items()}
        data |= {file: (folder / file).read_text() for file in entry.get("files", ())}
        metadata = {"name": entry["name"], "namespace": kustomization["namespace"]}
        found.append({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": data})
    return found
