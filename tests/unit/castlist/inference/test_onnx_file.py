"""What an ONNX file says about its precision."""

import pytest

from castlist.inference.onnx_file import facts, precision
from castlist.manifest import PACKAGED_FOLDER
from tests.fixtures.onnx_bytes import block, model, number, varint

DATA_TYPE = b"\x10"


def model_with_weights_of(*types: int) -> bytes:
    """A model whose graph holds only weights without values."""
    tensors = b"".join(b"\x2a\x02" + DATA_TYPE + bytes([kind]) for kind in types)
    return b"\x08\x08" + b"\x3a" + bytes([len(tensors)]) + tensors


@pytest.mark.parametrize(
    ("types", "expected"), [((1, 1), "float32"), ((10, 1), "float16"), ((7, 10), "float16"), ((7,), "float32"), ((), "float32")]
)
def test_one_half_weight_makes_it_half(types, expected) -> None:
    assert precision(model_with_weights_of(*types)) == expected


def test_the_packaged_detector_is_whole() -> None:
    assert precision((PACKAGED_FOLDER / "ssdlite_pedestrian.onnx").read_bytes()) == "float32"


@pytest.mark.parametrize("packed", [False, True])
def test_a_kernel_in_bytes_makes_it_int8(packed) -> None:
    sides = (16, 3, 3, 300)
    said = [block(1, *map(varint, sides))] if packed else [number(1, side) for side in sides]
    assert precision(model(block(5, *said, number(2, 3)))) == "int8"
    assert precision(model(block(5, number(1, 16), number(2, 3)))) == "float32"  # a zero point for each channel


def test_what_a_file_says_of_itself() -> None:
    assert facts(model(facts={"names": "{0: 'person'}", "stride": "32"})) == {"names": "{0: 'person'}", "stride": "32"}
    assert facts((PACKAGED_FOLDER / "ssdlite_pedestrian.onnx").read_bytes()) == {}


@pytest.mark.parametrize("data", [b"<html>not found</html>", b"\x3a\x7f", b"\xff" * 20])
def test_other_files_are_refused(data) -> None:
    with pytest.raises(ValueError, match="no ONNX file"):
        precision(data)
