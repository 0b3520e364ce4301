"""What several tests of the report look at."""

from dataclasses import replace

import pytest

from services.reporter.algorithms.report_inputs import ReportInputs
from tests.fixtures.synthetic_cast import SyntheticCast, make_cast


@pytest.fixture(scope="session")
def three() -> SyntheticCast:
    """Three persons of whom the second has no picture."""
    return make_cast(3, without_crops=frozenset({2}))


@pytest.fixture(scope="session")
def inputs(three: SyntheticCast) -> ReportInputs:
    """A report's inputs with literal numbers where tests expect some: persons 1 and 3 look alike, 2 is not compared."""
    pair = {"person_1": 1, "person_2": 3, "similarity": 0.83}
    return ReportInputs(
        file_name="campus.mp4",
        video=three.video,
        detector=three.detector,
        embedder=replace(three.embedder, note="No OSNet weights were found."),
        persons=three.persons,
        before=three.before,
        cast=three.cast,
        appearances=three.appearances,
        ranking=three.ranking,
        similarity={
            "person_ids": [1, 3],
            "similarity_matrix": [[1.0, 0.83], [0.83, 1.0]],
            "threshold": 0.7,
            "recommended": [pair],
            "near": [],
            "vetoed": [],
        },
        plan=None,
        calibration=None,
        identities=None,
        splits=(),
        metrics=three.metrics,
        crop_notes={},
        parameters=three.parameters,
        warnings=("12 frames could not be decoded.", "No OSNet weights were found."),
        version="1.2.3",
    )
