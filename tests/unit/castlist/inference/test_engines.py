"""Which device a job gets, and which workers may do it. Nothing here needs a GPU: most machines have none, and say so."""

import re
from dataclasses import replace

import onnxruntime
import pytest

from castlist.domain.devices import Device, DeviceWish
from castlist.domain.video import ModelChoice
from castlist.errors import NotReadyForTask, TaskFailed
from castlist.inference import engines
from castlist.inference.engines import ENGINES, Runtime, check_runtime, choose_device
from castlist.inference.onnx_runtime import cuda_fault, open_session
from castlist.manifest import PACKAGED_FOLDER

HERE = f"onnxruntime {onnxruntime.__version__}"
CHOICE = ModelChoice("yolox_nano", "0" * 64, f"{HERE} cuda float16", "test")


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch):
    """Lets ONNX Runtime say that it can or can't use CUDA, whatever this machine has."""

    def set_fault(fault: str) -> None:
        monkeypatch.setattr(engines, "ENGINES", ENGINES | {"onnxruntime": replace(ENGINES["onnxruntime"], cuda_fault=lambda: fault)})

    return set_fault


def test_an_engine_is_named_with_its_versions() -> None:
    assert ENGINES["onnxruntime"].name() == HERE
    assert ENGINES["onnxruntime"].missing() == ""


def test_auto_takes_cuda_where_it_can_be_used(engine) -> None:
    engine("")
    assert choose_device(DeviceWish.AUTO, "onnxruntime") == (Device.CUDA, "")
    assert choose_device(DeviceWish.CUDA, "onnxruntime") == (Device.CUDA, "")
    assert choose_device(DeviceWish.CPU, "onnxruntime") == (Device.CPU, "")


def test_auto_falls_back_to_the_cpu_and_says_why(engine) -> None:
    engine("the GPU is on holiday")
    device, note = choose_device(DeviceWish.AUTO, "onnxruntime")
    assert device is Device.CPU
    assert note == "CUDA was wished for, but the GPU is on holiday, so the CPU was used: mend that, or set CASTLIST_DEVICE=cpu."


def test_cuda_or_nothing_is_nothing_without_it(engine) -> None:
    engine("the GPU is on holiday")
    with pytest.raises(TaskFailed, match=r"^CASTLIST_DEVICE is cuda, but the GPU is on holiday: mend that, or set CASTLIST_DEVICE=auto"):
        choose_device(DeviceWish.CUDA, "onnxruntime")


def test_the_cpu_asks_no_driver(engine, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "ENGINES", {"onnxruntime": replace(ENGINES["onnxruntime"], cuda_fault=lambda: pytest.fail("asked"))})
    assert choose_device(DeviceWish.CPU, "onnxruntime") == (Device.CPU, "")


@pytest.mark.parametrize("wish", list(DeviceWish))
def test_every_worker_can_be_asked_for_the_cpu(wish: DeviceWish) -> None:
    assert check_runtime(replace(CHOICE, runtime=f"{HERE} cpu float32"), "onnxruntime", wish) == Runtime()


def test_a_worker_with_cuda_takes_what_is_planned_for_cuda(engine) -> None:
    engine("")
    assert check_runtime(CHOICE, "onnxruntime", DeviceWish.AUTO) == Runtime("onnxruntime", Device.CUDA, "float16")
    with pytest.raises(NotReadyForTask, match="CASTLIST_DEVICE keeps it on the CPU"):
        check_runtime(CHOICE, "onnxruntime", DeviceWish.CPU)


def test_a_worker_without_cuda_says_what_is_wrong_and_what_to_set(engine) -> None:
    engine("the GPU is on holiday")
    words = "on onnxruntime .* cuda float16, which this worker can't run: the GPU is on holiday; .*CASTLIST_REID_DEVICE=cpu"
    with pytest.raises(NotReadyForTask, match=words):
        check_runtime(CHOICE, "onnxruntime", DeviceWish.AUTO)


@pytest.mark.parametrize("runtime", ["onnxruntime 0.1 cpu float32", f"{HERE} tpu float32", HERE, ""])
def test_another_version_is_another_workers(runtime: str) -> None:
    with pytest.raises(NotReadyForTask, match=f"this worker runs {re.escape(HERE)}, the job wants .*; give all workers the same version"):
        check_runtime(replace(CHOICE, runtime=runtime), "onnxruntime", DeviceWish.AUTO)


def test_what_is_not_installed_is_named() -> None:
    absent = replace(ENGINES["torchreid"], libraries={"onnxruntime": ("onnxruntime",), "torchmagic": ("torchmagic", "torchmagic-gpu")})
    assert absent.missing() == "torchmagic"


def test_a_worker_without_the_libraries_says_how_to_get_them(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = replace(ENGINES["torchreid"], libraries={"torchmagic": ("torchmagic",)})
    monkeypatch.setattr(engines, "ENGINES", {"torchreid": absent})
    with pytest.raises(NotReadyForTask, match=r"this worker has no torchmagic: pip install 'castlist\[torch\]'$"):
        check_runtime(CHOICE, "torchreid", DeviceWish.CPU)


def test_a_session_runs_where_it_was_asked_to_or_not_at_all() -> None:
    model = (PACKAGED_FOLDER / "ssdlite_pedestrian.onnx").read_bytes()
    assert open_session(model, "ssdlite.onnx", Device.CPU).get_providers() == ["CPUExecutionProvider"]
    if cuda_fault():
        with (
            pytest.raises(TaskFailed, match=r"ssdlite\.onnx does not run on CUDA"),
            pytest.warns(UserWarning, match="CUDAExecutionProvider"),
        ):
            open_session(model, "ssdlite.onnx", Device.CUDA)


def test_weights_that_are_none() -> None:
    with pytest.raises(TaskFailed, match=r"^mine\.onnx can't be loaded as an ONNX model"):
        open_session(b"no model", "mine.onnx", Device.CPU)
