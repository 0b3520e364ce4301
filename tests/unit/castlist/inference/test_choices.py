"""Which engine and precision a network gets, by what is installed, measured and wished."""

from dataclasses import replace

import pytest

from castlist.domain.devices import Device, DeviceWish
from castlist.errors import NotReadyForTask, TaskFailed
from castlist.inference import choices, engines, measured
from castlist.inference.choices import RuntimeWish, choice_of
from castlist.inference.engines import ENGINES, Runtime, check_runtime
from castlist.manifest import ModelLibrary, ResolvedModel

PRESENT = ENGINES["openvino"].libraries | {"openvino": ("onnxruntime",)}  # a package that every installation has


@pytest.fixture
def model() -> ResolvedModel:
    found = ModelLibrary().resolve("ssdlite_pedestrian")
    assert found is not None
    return found


@pytest.fixture
def surroundings(monkeypatch: pytest.MonkeyPatch):
    """Lets OpenVINO be installed, a CPU know bfloat16, a network be measured and judged."""

    def arrange(
        times: dict[str, float] | None = None,
        *,
        installed: bool = True,
        bfloat16: bool = True,
        accurate: bool = True,
        fault: str = "no GPU",
    ) -> None:
        known = {"onnxruntime": replace(ENGINES["onnxruntime"], cuda_fault=lambda: fault)}
        known["openvino"] = replace(ENGINES["openvino"], libraries=PRESENT if installed else {"openvino": ("absent-package",)})
        for module in (choices, engines):
            monkeypatch.setattr(module, "ENGINES", ENGINES | known)
        monkeypatch.setattr(choices, "has_bfloat16", lambda: bfloat16)
        monkeypatch.setattr(engines.openvino_runtime, "has_bfloat16", lambda: bfloat16)
        monkeypatch.setattr(measured, "milliseconds", lambda *_: times or {})
        monkeypatch.setattr(measured, "keeps_its_accuracy", lambda _: accurate)

    return arrange


FAST_OPENVINO = {"onnxruntime float32": 10.0, "openvino float32": 8.0, "openvino bfloat16": 4.0}
SLOW_OPENVINO = {"onnxruntime float32": 8.0, "openvino float32": 10.0, "openvino bfloat16": 9.0}


def chosen(model: ResolvedModel, wish: RuntimeWish, device: DeviceWish | Device = DeviceWish.CPU) -> str:
    words = choice_of(model, device, "", wish).runtime.split()
    return f"{words[0]} {words[2]} {words[3]}"


@pytest.mark.parametrize(
    ("times", "wish", "expected"),
    [
        (FAST_OPENVINO, RuntimeWish(), "openvino cpu float32"),
        (SLOW_OPENVINO, RuntimeWish(), "onnxruntime cpu float32"),
        ({}, RuntimeWish(), "onnxruntime cpu float32"),  # never measured
        (FAST_OPENVINO, RuntimeWish(precision="auto"), "openvino cpu bfloat16"),
        (SLOW_OPENVINO, RuntimeWish(precision="auto"), "onnxruntime cpu float32"),
        (SLOW_OPENVINO, RuntimeWish("openvino", "auto"), "openvino cpu bfloat16"),
        (SLOW_OPENVINO, RuntimeWish("openvino"), "openvino cpu float32"),
        (FAST_OPENVINO, RuntimeWish("onnxruntime"), "onnxruntime cpu float32"),
        (FAST_OPENVINO, RuntimeWish("onnxruntime", "auto"), "onnxruntime cpu float32"),
        (SLOW_OPENVINO, RuntimeWish(precision="bfloat16"), "openvino cpu bfloat16"),
    ],
)
def test_the_fastest_of_what_is_allowed_is_taken(model, surroundings, times, wish, expected) -> None:
    surroundings(times)
    assert chosen(model, wish) == expected


def test_without_openvino_nothing_changes(model, surroundings) -> None:
    surroundings(FAST_OPENVINO, installed=False)
    for precision in ("float32", "auto"):
        assert chosen(model, RuntimeWish(precision=precision)) == "onnxruntime cpu float32"


@pytest.mark.parametrize("lacking", ["bfloat16", "accurate"])
def test_bfloat16_only_where_it_is_known_to_be_good(model, surroundings, lacking) -> None:
    surroundings(FAST_OPENVINO, **{lacking: False})
    assert chosen(model, RuntimeWish(precision="auto")) == "openvino cpu float32"


@pytest.mark.parametrize(
    ("arranged", "wish", "words"),
    [
        (
            {"installed": False},
            RuntimeWish("openvino"),
            r"plan.runtime=openvino needs openvino, not installed here: pip install 'castlist\[",
        ),
        ({"installed": False}, RuntimeWish(precision="bfloat16"), "bfloat16 can't be had: it needs openvino and plan.runtime=auto"),
        ({}, RuntimeWish("onnxruntime", "bfloat16"), "bfloat16 can't be had: it needs openvino and plan.runtime=auto"),
        ({"bfloat16": False}, RuntimeWish(precision="bfloat16"), "this CPU has no instructions for bfloat16"),
        ({"accurate": False}, RuntimeWish(precision="bfloat16"), r"ssdlite_pedestrian\.onnx was not found to be as accurate"),
    ],
)
def test_a_wish_that_can_not_be_met_is_told(model, surroundings, arranged, wish, words) -> None:
    surroundings(FAST_OPENVINO, **arranged)
    with pytest.raises(TaskFailed, match=words):
        choice_of(model, DeviceWish.CPU, "", wish)


def test_on_cuda_it_is_onnx_runtime(model, surroundings) -> None:
    surroundings(FAST_OPENVINO, fault="")
    assert chosen(model, RuntimeWish(precision="auto"), DeviceWish.AUTO) == "onnxruntime cuda float32"
    assert chosen(model, RuntimeWish("openvino"), DeviceWish.AUTO) == "openvino cpu float32"
    for device in (DeviceWish.CUDA, Device.CUDA):
        with pytest.raises(TaskFailed, match=r"plan\.runtime=openvino is for the CPU and the device is cuda"):
            choice_of(model, device, "", RuntimeWish("openvino"))


def test_workers_take_what_they_can_run(model, surroundings) -> None:
    surroundings(FAST_OPENVINO)
    choice = choice_of(model, DeviceWish.CPU, "", RuntimeWish(precision="auto"))
    assert check_runtime(choice, "onnxruntime", DeviceWish.CPU) == Runtime("openvino", Device.CPU, "bfloat16")
    surroundings(FAST_OPENVINO, bfloat16=False)
    with pytest.raises(
        NotReadyForTask, match=r"which this worker can't run: its CPU has no instructions for bfloat16; set plan\.precision"
    ):
        check_runtime(choice, "onnxruntime", DeviceWish.CPU)
    surroundings(FAST_OPENVINO, installed=False)
    with pytest.raises(NotReadyForTask, match=r"this worker has no openvino: pip install 'castlist\[openvino\]'"):
        check_runtime(choice, "onnxruntime", DeviceWish.CPU)
