"""A YOLO of ultralytics gives the same boxes through both backends, and through ultralytics' own use of the same file."""

import hashlib
from pathlib import Path

import numpy as np
import pytest

from castlist.errors import TaskFailed
from castlist.inference.onnx_file import precision
from cli.checkpoint_conversion import main
from services.detector.models.loaded import LoadedDetectors
from tests.torch.conftest import PERSON, sha256

MIN_CONFIDENCE = 0.1


def detector(name: str, path: Path):
    return LoadedDetectors().get(name, sha256(path), path)


def inside(boxes: np.ndarray, frame: np.ndarray) -> np.ndarray:
    """Boxes cut off at the picture's border, as ultralytics does."""
    return np.clip(boxes, 0, [frame.shape[1], frame.shape[0]] * 2)


def assert_same_rows(ours: np.ndarray, theirs: np.ndarray, within: float) -> None:
    """Equally many rows, each with its like among the others: rows of nearly equal confidence come in either order."""
    assert len(ours) == len(theirs)
    apart = np.abs(ours[:, None] - theirs[None]).max(axis=2)
    assert apart.min(axis=1).max() <= within
    assert apart.min(axis=0).max() <= within


@pytest.mark.parametrize("checkpoint", ["yolo11n", "yolo26n"], indirect=True)
def test_both_backends_give_the_same_boxes(converted, frames) -> None:
    ours, theirs = detector("ultralytics_yolo", converted["onnx"]), detector("ultralytics_yolo_torchscript", converted["torchscript"])
    for frame in frames:
        boxes, confidences = ours.detect(frame, MIN_CONFIDENCE)
        assert len(boxes) > 50
        assert (np.diff(confidences) <= 0).all()
        their_boxes, their_confidences = theirs.detect(frame, MIN_CONFIDENCE)
        rows = np.column_stack([inside(boxes, frame), confidences])
        assert_same_rows(rows, np.column_stack([their_boxes, their_confidences]), within=0.01)


# Ours runs on one thread and theirs on all, which rounds float16 otherwise; a random network makes much of that.
@pytest.mark.parametrize(("options", "within_px"), [({}, 0.01), ({"nms": True}, 0.01), ({"dynamic": True}, 0.01), ({"quantize": 16}, 2.0)])
def test_every_kind_of_export_is_read_as_ultralytics_reads_it(checkpoint, frames, options, within_px, tmp_path) -> None:
    from ultralytics import YOLO

    path = Path(YOLO(checkpoint).export(format="onnx", imgsz=256, **options)).rename(tmp_path / "ultralytics_yolo.onnx")
    boxes, confidences = detector("ultralytics_yolo", path).detect(frames[0], 0.25)
    (result,) = YOLO(path, task="detect").predict(frames[0], conf=0.25, iou=1.0, max_det=30_000, imgsz=256, rect=False, verbose=False)
    theirs = result.boxes.data.numpy()
    theirs = theirs[theirs[:, 5] == PERSON][:, :5]
    ours = np.column_stack([inside(boxes, frames[0]), confidences])
    assert len(ours) >= 1
    for rows, others in ((ours, theirs), (theirs, ours)):
        nearest = np.abs(rows[:, None] - others[None]).max(axis=2).min(axis=1)
        assert (nearest < within_px).mean() > 0.95


def test_half_is_half_and_nearly_as_good(converted, frames) -> None:
    assert (precision(converted["onnx"].read_bytes()), precision(converted["half"].read_bytes())) == ("float32", "float16")
    whole, half = (detector("ultralytics_yolo", converted[kind]).detect(frames[0], MIN_CONFIDENCE) for kind in ("onnx", "half"))
    nearest = np.abs(whole[0][:, None] - half[0][None]).max(axis=2).min(axis=1)
    assert np.median(nearest) < 10  # px of 768; a trained network is steadier than this random one


def test_a_file_that_was_not_pinned_is_not_opened(checkpoint, tmp_path) -> None:
    with pytest.raises(SystemExit, match="it is another file than you mean"):
        main(["yolo", str(checkpoint), "--sha256", "0" * 64, "--to", str(tmp_path)])


def test_a_checkpoint_that_would_run_code_does_not(tmp_path) -> None:
    import torch

    class Trap:
        def __reduce__(self):
            return (Path.touch, (tmp_path / "sprung",))

    for name in ("best.pt", "osnet.pth"):
        torch.save({"model": Trap(), "state_dict": Trap()}, tmp_path / name)
    pins = {name: hashlib.sha256((tmp_path / name).read_bytes()).hexdigest() for name in ("best.pt", "osnet.pth")}
    with pytest.raises(Exception, match=r"(?i)weights.only|allow|outside the supported|safe"):
        main(["yolo", str(tmp_path / "best.pt"), "--sha256", pins["best.pt"], "--to", str(tmp_path / "out")])
    with pytest.raises(Exception, match="Weights only load failed"):
        main(
            [
                "osnet",
                str(tmp_path / "osnet.pth"),
                "--sha256",
                pins["osnet.pth"],
                "--to",
                str(tmp_path / "out"),
                "--architecture",
                "osnet_x0_25",
            ]
        )
    assert not (tmp_path / "sprung").exists()


def test_files_that_are_no_exports_are_refused(tmp_path) -> None:
    for name, file in {"ultralytics_yolo": "ultralytics_yolo.onnx", "ultralytics_yolo_torchscript": "ultralytics_yolo.torchscript"}.items():
        (tmp_path / file).write_bytes(b"<html>not found</html>")
        with pytest.raises(TaskFailed, match=rf"^{file} can't be loaded"):
            detector(name, tmp_path / file)
