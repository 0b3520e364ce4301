"""Run by `make test-openvino`. Elsewhere the tests skip: where OpenVINO is installed, it may be chosen."""

from importlib.util import find_spec
from pathlib import Path

import av
import numpy as np
import pytest

from benchmarks.engines import example_pictures
from castlist.inference.openvino_runtime import has_bfloat16
from services.reid.models.embedder import Picture
from tests.conftest import REPOSITORY

REASON = "openvino is not installed: make test-openvino"


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and find_spec("openvino") is None:
            item.add_marker(pytest.mark.skip(reason=REASON))


@pytest.fixture(scope="session")
def frame() -> np.ndarray:
    with av.open(str(REPOSITORY / "examples" / "campus.mp4")) as container:
        return next(container.decode(video=0)).to_ndarray(format="bgr24")


@pytest.fixture
def bfloat16() -> None:
    if not has_bfloat16():
        pytest.skip("this CPU has no instructions for bfloat16")


@pytest.fixture(scope="session")
def crops() -> list[Picture]:
    return example_pictures(32)[1]
