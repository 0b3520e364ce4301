"""The committed figures belong to weights that we know, and their verdicts follow from them."""

import json

import pytest

from castlist.inference.measured import BFLOAT16_FILE, SPEEDS_FILE, keeps_its_accuracy, milliseconds
from castlist.manifest import manifest

SPEEDS = json.loads(SPEEDS_FILE.read_text())
JUDGED = json.loads(BFLOAT16_FILE.read_text())
OURS = [entry for entry in manifest().values() if not entry.brought and entry.engine == "onnxruntime"]


@pytest.mark.parametrize("entry", OURS, ids=lambda entry: entry.name)
def test_what_everybody_can_have_was_measured(entry) -> None:
    assert {name.split()[0] for name in milliseconds(entry.sha256, entry.file)} == {"onnxruntime", "openvino"}


def test_the_same_weights_count_whatever_their_name() -> None:
    sha256, network = next(iter(SPEEDS["networks"].items()))
    assert milliseconds(sha256, "mine.onnx") == network["milliseconds"]


def test_nothing_is_known_of_other_weights() -> None:
    assert milliseconds("0" * 64, "mine.onnx") == {}
    assert keeps_its_accuracy("0" * 64) is False


@pytest.mark.parametrize("judged", JUDGED["networks"].values(), ids=lambda judged: judged["file"])
def test_verdicts_follow_from_figures(judged) -> None:
    bounds = JUDGED["bounds"]
    if "crops" in judged:
        good = judged["least_cosine"] >= bounds["cosine"] and judged["largest_change_of_likeness"] <= bounds["change_of_likeness"]
    else:
        good = all(judged[name]["float32"] - judged[name]["bfloat16"] <= bounds["loss"] for name in ("ap50", "best_f1"))
    assert judged["allowed"] is good
