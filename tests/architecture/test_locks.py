"""The locks hold what pyproject.toml asks for, every pin with hashes, and no index."""

import re
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = sorted((REPOSITORY / "requirements").glob("*.txt"))
PROJECT = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())
GROUPS = PROJECT["dependency-groups"]
CPU_IMAGES = sorted(name for name in GROUPS if not name.endswith("-gpu"))
PIN = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;]+)(?: ;[^\\]*)? \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n)+)", re.MULTILINE)


def pins(lock: Path) -> dict[str, str]:
    return {canonicalize_name(match[1]): match[2] for match in PIN.finditer(lock.read_text())}


def asked(*extras: str) -> list[Requirement]:
    texts = [*PROJECT["build-system"]["requires"], *PROJECT["project"]["dependencies"]]
    return [Requirement(text) for text in texts + [text for extra in extras for text in PROJECT["project"]["optional-dependencies"][extra]]]


def in_group(name: str) -> set[str]:
    """What an image asks for, the groups that it includes among it."""
    entries = GROUPS[name]
    own = {canonicalize_name(Requirement(entry).name) for entry in entries if isinstance(entry, str)}
    return own.union(*(in_group(entry["include-group"]) for entry in entries if isinstance(entry, dict)))


@pytest.mark.parametrize(("lock", "extras"), [("runtime", []), ("dev", ["dev"])])
def test_every_requirement_is_pinned_to_a_version_that_it_admits(lock, extras):
    locked = pins(REPOSITORY / "requirements" / f"{lock}.txt")
    wrong = [str(need) for need in asked(*extras) if not need.specifier.contains(locked.get(canonicalize_name(need.name), "0"))]
    assert wrong == [], "run `make locks`"


def test_developers_have_what_users_have():
    assert pins(REPOSITORY / "requirements" / "runtime.txt").items() <= pins(REPOSITORY / "requirements" / "dev.txt").items()


@pytest.mark.parametrize("image", CPU_IMAGES)
def test_an_image_holds_what_its_group_names_in_the_versions_that_are_tested(image):
    locked = pins(REPOSITORY / "requirements" / f"{image}.txt")
    assert in_group(image) - locked.keys() == set(), "run `make locks`"
    assert locked.items() <= pins(REPOSITORY / "requirements" / "dev.txt").items()


@pytest.mark.parametrize("image", CPU_IMAGES)
def test_the_layer_of_all_images_is_part_of_each(image):
    layer = pins(REPOSITORY / "requirements" / "every-image.txt")
    assert layer.items() <= pins(REPOSITORY / "requirements" / f"{image}.txt").items()


@pytest.mark.parametrize("image", ["detector", "reid"])
def test_an_image_with_cuda_differs_in_onnxruntime_alone(image):
    plain, with_cuda = (pins(REPOSITORY / "requirements" / f"{name}.txt") for name in (image, f"{image}-gpu"))
    assert with_cuda["onnxruntime-gpu"] == plain.pop("onnxruntime"), "a job's runtime must be the same on all workers: `make locks`"
    assert plain.items() <= with_cuda.items()
    assert {name for name in with_cuda.keys() - plain.keys() if not name.startswith("nvidia-")} == {"onnxruntime-gpu"}


def test_the_tests_of_torch_run_on_what_users_have():
    locked = pins(REPOSITORY / "requirements" / "torch.txt")
    assert pins(REPOSITORY / "requirements" / "runtime.txt").items() <= locked.items()
    wrong = [
        str(need) for need in asked("torch", "ultralytics") if not need.specifier.contains(locked.get(canonicalize_name(need.name), "0"))
    ]
    assert wrong == [], "run `make locks`"
    assert "opencv-python" not in locked


def test_the_tests_of_openvino_run_on_what_users_have():
    locked = pins(REPOSITORY / "requirements" / "openvino.txt")
    assert pins(REPOSITORY / "requirements" / "runtime.txt").items() <= locked.items()
    (wanted,) = (need for need in asked("openvino") if need.name == "openvino")
    assert wanted.specifier.contains(locked["openvino"]), "run `make locks`"


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_is_pins_with_hashes_and_nothing_else(lock):
    assert PIN.sub("", lock.read_text()) == ""
