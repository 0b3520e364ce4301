"""Tiny weights become zero, in place, and nothing else changes."""

import numpy as np
import onnxruntime
import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reid.models.denormals import without_denormals


def test_raw_weights_and_constants_are_flushed_in_place(make_model) -> None:
    model = make_model(weights=(1e-39, -1e-30, 2.0), added=(0.5, 1e-42, -1e-21))
    flushed = without_denormals(model)
    assert flushed == make_model(weights=(0.0, 0.0, 2.0), added=(0.5, 0.0, 0.0))
    assert len(flushed) == len(model)


def test_sound_weights_stay(make_model) -> None:
    model = make_model(weights=(1e-19, -1e-20 * 1.01, 0.0))
    assert without_denormals(model) == model


def test_the_file_still_runs(make_model) -> None:
    options = onnxruntime.SessionOptions()
    session = onnxruntime.InferenceSession(
        without_denormals(make_model(weights=(1e-39, 2.0, 3.0))), options, providers=["CPUExecutionProvider"]
    )
    (found,) = session.run(None, {"crops": np.ones((2, 3, 256, 128), np.float32)})
    assert found.tolist() == [[0, 2, 3], [0, 2, 3]]


@given(st.binary(max_size=300))
def test_bytes_that_are_no_model_are_refused_or_left_alone(data: bytes) -> None:
    try:
        assert len(without_denormals(data)) == len(data)
    except ValueError as fault:
        assert str(fault).startswith("no ONNX file")  # noqa: PT017


def test_a_model_cut_short_is_refused(make_model) -> None:
    with pytest.raises(ValueError, match="no ONNX file"):
        without_denormals(make_model()[:-30])


def test_osnet_gives_the_same_output(shared_data) -> None:
    model = (shared_data / "models" / "osnet_x0_25_msmt17.onnx").read_bytes()
    flushed = without_denormals(model)
    assert flushed != model
    assert len(flushed) == len(model)
    crops = np.random.default_rng(0).normal(size=(2, 3, 256, 128)).astype(np.float32)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    before, after = (
        onnxruntime.InferenceSession(data, options, providers=["CPUExecutionProvider"]).run(None, {"crops": crops})[0]
        for data in (model, flushed)
    )
    np.testing.assert_array_equal(before, after)
