"""`castlist run` with models of the user's own, and what it says that it used."""

import shutil

import pytest

from castlist.codec.documents import decode_json
from castlist.inference.cuda import driver_fault
from cli.main import main
from tests.conftest import REPOSITORY
from tests.torch.conftest import sha256

CLIP = REPOSITORY / "examples" / "campus-clip.mp4"


@pytest.mark.parametrize("kind", ["half", "torchscript"])
@pytest.mark.skipif(not driver_fault(), reason="this machine has a GPU")
def test_a_job_runs_and_names_what_it_used(kind, converted, osnet_files, tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    models, folder = tmp_path / "models", tmp_path / "out"
    models.mkdir()
    for path in (converted[kind], osnet_files[0]):
        shutil.copy(path, models)
    monkeypatch.setenv("CASTLIST_DEVICE", "auto")
    arguments = ["--models", str(models), "--offline", "--quiet", "--set", "detect.min_confidence=0.9"]
    assert main(["run", str(CLIP), "-o", str(folder), *arguments]) == 0
    used = decode_json((folder / "run.json").read_bytes())["models"]
    assert used["detector"]["sha256"] == sha256(converted[kind])
    assert used["detector"]["licence"].startswith("AGPL-3.0")
    library, precision = {"half": ("onnxruntime ", "cpu float16"), "torchscript": ("ultralytics ", "cpu float32")}[kind]
    assert used["detector"]["runtime"].startswith(library)
    assert used["detector"]["runtime"].endswith(precision)
    assert used["embedder"]["name"] == "osnet_torchreid"
    assert used["embedder"]["runtime"].startswith("torchreid 0.2.5 ")
    for model in used.values():
        assert "CUDA was wished for, but " in model["note"]
        assert model["note"] in (folder / "person_selection.html").read_text()
