"""Crops are embedded once: who groups, compares or casts a job anew gets the vectors that are stored."""

import shutil
from pathlib import Path

import pytest

from castlist.codec.documents import decode_json
from cli.main import main
from tests.end_to_end.conftest import CLIP, models_environment


@pytest.mark.parametrize(
    ("override", "anew"),
    [
        ("group.check_prediction=off", {"group"}),
        ("compare.similarity_threshold=0.5", {"compare"}),
        ("cast.crops_per_person=20", {"cast"}),
        ("embed.batch_size=8", {"embed"}),
    ],
)
def test_no_crop_is_embedded_twice(override: str, anew: set[str], embedded_results: Path, tmp_path: Path, monkeypatch) -> None:
    for name, value in models_environment().items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "out"
    shutil.copytree(embedded_results, folder)
    assert main(["run", str(CLIP), "-o", str(folder), "--set", override, "--until", "cast", "-q"]) == 0
    tasks = decode_json((folder / "timings.json").read_bytes())["tasks"]
    reused = {
        stage: {task["reused"] for task in tasks if task["stage"] == stage} for stage in ("pick", "embed", "group", "compare", "cast")
    }
    assert [task for task in tasks if task["stage"] == "embed"] != []
    assert reused["pick"] == {True}
    assert reused["embed"] == {"embed" not in anew}
    for stage in anew:
        assert reused[stage] == {False}
