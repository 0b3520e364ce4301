"""One embed task reads and decodes its crops while another one's network runs."""

from concurrent.futures import ThreadPoolExecutor
from threading import Event, Lock

import cv2
import numpy as np
import pytest

from castlist.codec.crops_hdf5 import encode_crops
from castlist.codec.messages import encode_model_choice
from castlist.domain.jobs import ObjectRef, Stage, Task
from castlist.domain.records import CropPack
from castlist.domain.video import ModelChoice
from services.reid.handlers.embed import EmbedHandler
from services.reid.models.colour_stripes import ColourStripes
from tests.fixtures.stored_objects import StoredObjects

WAIT_S = 10


class WatchedObjects(StoredObjects):
    """Says when crops were read, and how many objects."""

    def __init__(self) -> None:
        super().__init__()
        self.crops_read = Event()
        self.reads = 0

    def read(self, ref: ObjectRef) -> bytes:
        data = super().read(ref)
        self.reads += 1
        if data.startswith(b"\x89HDF"):
            self.crops_read.set()
        return data


def task_on(objects: StoredObjects, colour: int) -> Task:
    pack = CropPack(
        images=(cv2.imencode(".png", np.full((20, 10, 3), colour, np.uint8))[1].tobytes(),),
        frame_numbers=np.zeros(1, np.int64),
        detection_indices=np.array([colour]),
        boxes=np.zeros((1, 4), np.float32),
        confidences=np.ones(1, np.float32),
        sharpness=np.ones(1, np.float32),
        shapes=np.array([[20, 10]]),
        person_ids=np.zeros(1, np.int64),
    )
    inputs = (
        objects.add("embed_crops", encode_crops(pack)),
        objects.add("embedder", encode_model_choice(ModelChoice("colour_stripes", "", "", ""))),
    )
    return Task("job", Stage.EMBED, colour, 0, {}, inputs)


def test_networks_run_one_at_a_time_and_reading_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    lock, running, most = Lock(), 0, 0
    begun, may_end = Event(), Event()
    describe = ColourStripes.embed

    def slow(self: ColourStripes, crops: list[np.ndarray]) -> np.ndarray:
        nonlocal running, most
        with lock:
            running += 1
            most = max(most, running)
        begun.set()
        assert may_end.wait(WAIT_S)
        with lock:
            running -= 1
        return describe(self, crops)

    monkeypatch.setattr(ColourStripes, "embed", slow)
    handler = EmbedHandler(lambda _: pytest.fail("no weights are needed"), passes=1)
    first, second = StoredObjects(), WatchedObjects()
    with ThreadPoolExecutor(2) as threads:
        ahead = threads.submit(handler, task_on(first, 30), first)
        assert begun.wait(WAIT_S)
        behind = threads.submit(handler, task_on(second, 200), second)
        assert second.crops_read.wait(WAIT_S)  # while the first one is still computing
        assert not ahead.done()
        may_end.set()
        found = [ahead.result(WAIT_S), behind.result(WAIT_S)]
    assert most == 1
    monkeypatch.undo()
    assert found == [handler(task_on(first, 30), first), handler(task_on(second, 200), second)]


def test_a_jobs_model_is_read_once() -> None:
    handler, objects = EmbedHandler(lambda _: pytest.fail("no weights are needed")), WatchedObjects()
    for colour in (30, 200):
        handler(task_on(objects, colour), objects)
    assert objects.reads == 3
