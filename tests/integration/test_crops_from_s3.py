"""From a real object store single images are read by ranges, checked, and nothing else of a pack."""

import hashlib
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from threading import Lock

import numpy as np
import pytest

from castlist.adapters.minio_store import MinioStore
from castlist.codec.crop_list import encode_crop_list
from castlist.codec.crop_table import decode_crop_table
from castlist.codec.crops_hdf5 import decode_crops
from castlist.codec.messages import encode_tracks, encode_video_plan
from castlist.codec.stored_images import read_images
from castlist.domain.jobs import NamedObject, ObjectRef, Parameter, Stage, Task
from castlist.domain.records import CropPack, SegmentTracks
from castlist.domain.video import Segment, VideoPlan
from castlist.errors import ObjectCorrupt
from castlist.ports import Output
from castlist.worker.objects import VerifiedReader
from services.grouper.handlers import pick
from tests.fixtures.packed_crops import crop_list_of
from tests.servers import s3_server

FRAMES, IMAGE_BYTES = 200, 20_000
PARAMETERS = {"shown_crops_per_tracklet": 5, "embed_crops_per_tracklet": 4, "embed_crops_beside": 0}


class CountingStore(MinioStore):
    """An S3 store that counts what is read from it."""

    requests = 0
    byte_count = 0
    lock = Lock()

    def get(self, key: str) -> bytes:
        return self._counted(super().get(key))

    def get_range(self, key: str, start: int, length: int) -> bytes:
        return self._counted(super().get_range(key, start, length))

    def get_file(self, key: str, path: Path) -> None:
        pytest.fail("no pack is needed as a whole")

    def _counted(self, data: bytes) -> bytes:
        with self.lock:
            self.requests += 1
            self.byte_count += len(data)
        return data


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[CountingStore]:
    with s3_server(tmp_path_factory.mktemp("s3")) as server:
        store = CountingStore(server.endpoint, server.access_key, server.secret_key, "crops", secure=False)
        store.ensure_bucket()
        yield store
        store.close()


def put(store: MinioStore, name: str, data: bytes) -> NamedObject:
    sha256 = hashlib.sha256(data).hexdigest()
    store.put(f"{name}/{sha256}", data)
    return NamedObject(name, ObjectRef(f"{name}/{sha256}", len(data), sha256))


def one_who_walks() -> tuple[SegmentTracks, CropPack]:
    rows = np.arange(FRAMES)
    left = 2.0 * rows
    boxes = np.stack([left, np.full(FRAMES, 100.0), left + 50, np.full(FRAMES, 200.0)], axis=1).astype(np.float32) + 100
    sure = np.full(FRAMES, 0.9, np.float32)
    tracks = SegmentTracks(0, 0, rows, np.zeros(0, np.int64), np.ones(FRAMES, np.int64), rows, rows, boxes, sure)
    random = np.random.default_rng(3)
    images = tuple(random.bytes(IMAGE_BYTES) for _ in rows)
    none = np.zeros(FRAMES, np.int64)
    return tracks, CropPack(images, rows, rows, boxes, sure, np.ones(FRAMES, np.float32), np.full((FRAMES, 2), 9), none)


def picked(store: MinioStore, inputs: list[NamedObject], folder: Path) -> list[Output]:
    values = {name: Parameter(value, "request") for name, value in PARAMETERS.items()}
    return list(pick.handle(Task("job", Stage.PICK, 0, 0, values, tuple(inputs)), VerifiedReader(store, folder)).outputs)


def test_only_the_chosen_images_are_read_and_a_changed_one_is_noticed(store: CountingStore, tmp_path: Path) -> None:
    tracks, crops = one_who_walks()
    listed, pack = crop_list_of(crops)
    video = VideoPlan(768, 576, Fraction(1, 10), 0, Fraction(10), FRAMES, FRAMES / 10, "mov,mp4", "h264", (Segment(0, FRAMES),))
    columns = [("video", encode_video_plan(video)), ("tracks", encode_tracks(tracks)), ("crop_list", encode_crop_list(listed))]
    inputs = [put(store, name, data) for name, data in columns] + [put(store, "crops.0", pack)]

    outputs = picked(store, inputs, tmp_path)
    table = decode_crop_table(next(output.data for output in outputs if output.name == "crop_table"))
    chosen = np.flatnonzero((table.kept_packs >= 0) | table.embedded)
    assert 5 <= len(chosen) <= 9
    assert store.requests == len(columns) + len(chosen)  # they lie too far apart to be read together
    assert store.byte_count == sum(len(data) for _, data in columns) + len(chosen) * IMAGE_BYTES
    assert len(pack) > 20 * len(chosen) * IMAGE_BYTES

    kept = [put(store, "kept_crops", output.data).ref for output in outputs if output.name == "kept_crops"]
    rows = np.flatnonzero(table.kept_packs >= 0)
    images = read_images(VerifiedReader(store, tmp_path), kept, table.kept.take(rows))
    assert images == [crops.images[row] for row in rows]
    assert tuple(images) == decode_crops(store.get(kept[0].key)).images

    for row, is_noticed in ((int(rows[0]), True), (int(np.flatnonzero(~np.isin(table.frame_numbers, chosen))[0]), False)):
        changed = bytearray(pack)
        changed[int(listed.places.offsets[row]) + 7] ^= 1
        store.put(inputs[-1].ref.key, bytes(changed))
        if is_noticed:
            with pytest.raises(ObjectCorrupt, match=r"crops\.0/.* has other bytes from"):
                picked(store, inputs, tmp_path)
        else:
            assert picked(store, inputs, tmp_path) == outputs
