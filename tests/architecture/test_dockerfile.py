"""The Dockerfile is clean, needs no BuildKit and knows every image."""

import re
import subprocess
import sys
from pathlib import Path

from castlist import __version__

REPOSITORY = Path(__file__).resolve().parents[2]
DOCKERFILE = REPOSITORY / "deploy" / "Dockerfile"


def test_hadolint_finds_nothing():
    hadolint = Path(sys.executable).with_name("hadolint")
    found = subprocess.run([hadolint, DOCKERFILE], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_any_builder_can_build_it():
    """Syntax that needs BuildKit, and pulls of other images, would keep it from building behind a mirror."""
    text = DOCKERFILE.read_text()
    assert re.findall(r"# syntax=|<<|--mount|--link|--chmod", text) == []
    stages = set(re.findall(r"^FROM \S+ AS (\S+)$", text, re.MULTILINE))
    assert set(re.findall(r"--from=(\S+)", text)) <= stages


def test_each_service_has_a_lock():
    services = {path.parent.name for path in (REPOSITORY / "services").glob("*/__main__.py")}
    assert {name for name in services if not (REPOSITORY / "requirements" / f"{name}.txt").is_file()} == set()


def test_labels_say_this_version():
    assert set(re.findall(r"^ARG VERSION=(.*)$", DOCKERFILE.read_text(), re.MULTILINE)) == {__version__}
