"""Fixtures that every kind of test uses."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


def shared_folder() -> Path:
    """Where real videos, ground truth and weights lie, if at all."""
    return Path(os.environ.get("CASTLIST_SHARED", REPOSITORY.parent / "shared"))


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = shared_folder()
    if not (folder / "data").is_dir():
        pytest.skip("shared data not present")
    return folder
