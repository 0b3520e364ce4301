"""Tracking quality may rise, not fall: against the committed baseline, and against ByteTrack as others have it."""

import json

import pytest

from benchmarks.quality import BASELINE, CLIPS, measure

pytest.importorskip("trackeval", reason="TrackEval is an extra")

ROUNDING = 0.05 + 1e-9
BYTETRACK_HOTA = {"pets-yolox": 50.9, "pets-ssdlite": 44.4}  # docs/quality.md
ALLOWED_BELOW_BYTETRACK = 3


@pytest.fixture(scope="module", params=list(CLIPS))
def measured(request, shared_data, tmp_path_factory):
    """A clip's key and its figures."""
    return request.param, measure(CLIPS[request.param], shared_data, tmp_path_factory.mktemp(request.param))


def test_no_figure_falls(measured):
    key, figures = measured
    fallen = []
    for truth, files in json.loads(BASELINE.read_text())[key].items():
        for name, expected in files.items():
            found = figures[truth][name]
            fallen += [
                f"{truth} {name} {figure}: {getattr(found, figure):.2f}, was {expected[figure]}"
                for figure in ("hota", "idf1", "mota")
                if getattr(found, figure) < expected[figure] - ROUNDING
            ]
            if found.switches > expected["switches"]:
                fallen.append(f"{truth} {name} switches: {found.switches}, were {expected['switches']}")
    assert fallen == [], "if this is meant, run benchmarks/quality.py with --update and say why"


def test_persons_are_never_below_tracklets(measured):
    _, figures = measured
    for truth, of in figures.items():
        assert of["persons.mot.txt"].idf1 >= of["tracklets.mot.txt"].idf1, truth


@pytest.mark.parametrize("measured", list(BYTETRACK_HOTA), indirect=True)
def test_tracklets_are_near_or_above_bytetrack(measured):
    key, figures = measured
    assert figures["visits"]["tracklets.mot.txt"].hota >= BYTETRACK_HOTA[key] - ALLOWED_BELOW_BYTETRACK


def test_the_baseline_names_every_clip():
    assert sorted(json.loads(BASELINE.read_text())) == sorted(CLIPS)
