"""What goes into the network, how batches are cut, and which files are refused."""

import numpy as np
import pytest

from castlist.errors import TaskFailed
from services.reid.models.osnet import OsnetEmbedder, prepare

MEAN, DEVIATION = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])


def plain(blue: int, green: int, red: int, height: int = 40, width: int = 20) -> np.ndarray:
    return np.tile(np.uint8([blue, green, red]), (height, width, 1))


@pytest.mark.parametrize(("height", "width"), [(40, 20), (256, 128), (600, 400), (300, 100), (1, 1)])
def test_the_input_is_normalised_rgb(height: int, width: int) -> None:
    found = prepare(plain(51, 102, 255, height, width))
    assert found.shape == (3, 256, 128)
    assert found.dtype == np.float32
    expected = (np.array([1.0, 0.4, 0.2]) - MEAN) / DEVIATION
    np.testing.assert_allclose(found, np.broadcast_to(expected[:, None, None], found.shape), atol=1e-5)


@pytest.fixture
def crops() -> list[np.ndarray]:
    return [plain(10 * i, 20 * i, 30 * i, 30 + i, 15) for i in range(1, 8)]


def expected_rows(crops: list[np.ndarray]) -> np.ndarray:
    rgb = np.array([crop[0, 0, ::-1] for crop in crops]) / 255
    return (rgb - MEAN) / DEVIATION * [1, 2, 4]


@pytest.mark.parametrize("batch", ["batch", 1, 3, 16])
def test_rows_do_not_depend_on_the_batch(make_model, tmp_path, crops, batch) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(make_model(batch=batch))
    found = OsnetEmbedder(path, batch_size=4).embed(crops)
    assert found.dtype == np.float32
    np.testing.assert_allclose(found, expected_rows(crops), atol=2e-3)  # float32 means of 32,768 pixels


def test_no_crops(make_model, tmp_path) -> None:
    path = tmp_path / "tiny.onnx"
    path.write_bytes(make_model())
    assert OsnetEmbedder(path, batch_size=4).embed([]).shape == (0, 3)


def test_files_that_are_no_osnet_are_refused(make_model, tmp_path) -> None:
    path = tmp_path / "wrong.onnx"
    path.write_bytes(make_model(sides=(3, 224, 224)))
    with pytest.raises(TaskFailed, match=r"wrong\.onnx maps \[\?, 3, 224, 224\]"):
        OsnetEmbedder(path, 4)
    path.write_bytes(b"<html>not found</html>")
    with pytest.raises(TaskFailed, match=r"wrong\.onnx can't be loaded.*fetch the weights again"):
        OsnetEmbedder(path, 4)
    with pytest.raises(TaskFailed, match=r"absent\.onnx can't be loaded"):
        OsnetEmbedder(tmp_path / "absent.onnx", 4)


def test_the_published_weights_give_512_numbers(shared_data, crops) -> None:
    embedder = OsnetEmbedder(shared_data / "models" / "osnet_x0_25_msmt17.onnx", batch_size=4)
    found = embedder.embed(crops)
    assert found.shape == (7, 512)
    assert np.isfinite(found).all()
    np.testing.assert_array_equal(found, embedder.embed(crops))
