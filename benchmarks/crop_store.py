"""Size, saving and loading of crops by person: packed as a job keeps them, the documented layout with and without gzip, and a pickle.

python benchmarks/crop_store.py [--full] [--rounds N] [--only TEXT] [--folder DIR]

As much data as the documents of the earlier system name: 8,661 crops of 48 persons, 812.59 MB of pixels; a tenth of the crops without
`--full`. The crops are windows of real video around people at the video's own resolution, so nothing is made smooth by enlarging it.
A save is timed from pixels in memory to a file that fsync has put on the disk, encoding included; a load from opening the file to pixels
in memory.
All formats are timed in turn in each round, and a line says the least of the rounds: others may be at work on the machine. Files are in the
page cache when they are loaded.
"""

import argparse
import hashlib
import os
import pickle
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Self

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.document_crops import PERSONS, made_crops
from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.crops_by_person import CropGroup, LayoutNotes, open_groups, write_groups
from castlist.codec.crops_hdf5 import pack_crops
from castlist.codec.documents import decode_json, encode_json
from castlist.codec.image_places import places_in
from castlist.codec.person_images import decode_person_images, encode_person_images
from castlist.codec.pictures import decode_picture, stored_size
from castlist.codec.stored_images import read_images
from castlist.domain.jobs import ObjectRef
from castlist.domain.parameters import PickParameters
from castlist.domain.records import CropPack, ImagePlaces, PersonImages
from castlist.worker.objects import VerifiedReader
from services.detector.handlers.segment_crops import PACK_BYTES
from services.detector.video.crops import CropCodec, encode_image

PIXEL_BYTES = 812_590_000
CROPS = 8661
_TENTH = 10
_TOP, _SHOWN = 10, 50
_SEGMENT_PERSONS = 4
_CORES = os.cpu_count() or 1

SOURCE = "source"
KEPT_BATCH_CROPS = PickParameters().kept_batch_crops
JPEG_95 = CropCodec("jpeg", 95, 0)
PNG = CropCodec("png", 95, 0)

Rows = dict[int, list[int]]
Save = Callable[[list[CropGroup], Path], None]
Load = Callable[[Path, Rows], int]


class FlushedStore:
    """A store whose objects fsync puts on the disk while the next ones are made: all of them lie there when it is closed."""

    def __init__(self, path: Path) -> None:
        self._store = DirectoryStore(path)
        self._disk = ThreadPoolExecutor(1)
        self._flushed: list[Future[None]] = []

    def put(self, key: str, data: bytes) -> ObjectRef:
        self._store.put(key, data)
        self._flushed.append(self._disk.submit(put_on_disk, self._store.path_of(key)))
        return ObjectRef(key, len(data), hashlib.sha256(data).hexdigest())

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        with self._disk:
            for flushed in self._flushed:
                flushed.result()


def save_packed(codec: CropCodec, slots: int) -> Save:
    """As a job does, with some persons for a segment: slots take these in turn, encode, pack and store; a list says where all lie."""

    def save(groups: list[CropGroup], path: Path) -> None:
        with FlushedStore(path) as store:
            with ThreadPoolExecutor(slots) as pool:
                segments = [groups[start : start + _SEGMENT_PERSONS] for start in range(0, len(groups), _SEGMENT_PERSONS)]
                packs = pool.map(lambda segment: list(_packs(codec, segment, store)), segments)
                stored = [pack for of_segment in packs for pack in of_segment]
            _list(store, _rows(groups), stored)

    return save


def _rows(groups: list[CropGroup]) -> NDArray[np.int64]:
    """Person and frame of each crop: `(K, 2)`."""
    persons = np.repeat([group.person_id for group in groups], [len(group.pictures) for group in groups])
    return np.stack([persons, np.concatenate([group.frame_numbers for group in groups])], axis=1)


def _list(store: FlushedStore, rows: NDArray[np.int64], stored: list[tuple[ObjectRef, ImagePlaces]]) -> None:
    """Say where the images of these persons and frames lie."""
    places = [replace(found, packs=found.packs + number) for number, (_, found) in enumerate(stored)]
    joined = ImagePlaces(
        *(np.concatenate([getattr(found, name) for found in places]) for name in ("packs", "offsets", "lengths", "digests"))
    )
    store.put("list", encode_person_images(PersonImages(rows[:, 0], rows[:, 1], np.arange(len(rows)), joined)))
    store.put("refs", encode_json([[ref.key, ref.length, ref.sha256] for ref, _ in stored]))


def _packs(codec: CropCodec, groups: list[CropGroup], store: FlushedStore) -> Iterator[tuple[ObjectRef, ImagePlaces]]:
    """Stores packs; their references, and where in them the images lie."""
    rows = _rows(groups)
    images: list[bytes] = []
    held = packed = 0
    for picture in (picture for group in groups for picture in group.pictures):
        image, _ = encode_image(picture, codec)
        images.append(image)
        held += len(image)
        if held >= PACK_BYTES:
            yield _stored(store, images, rows[packed : packed + len(images)])
            packed += len(images)
            images, held = [], 0
    if images:
        yield _stored(store, images, rows[packed:])


def _stored(store: FlushedStore, images: list[bytes], rows: NDArray[np.int64]) -> tuple[ObjectRef, ImagePlaces]:
    count = len(images)
    pack = CropPack(
        images=tuple(images),
        frame_numbers=rows[:, 1],
        detection_indices=np.arange(count),
        boxes=np.zeros((count, 4), np.float32),
        confidences=np.zeros(count, np.float32),
        sharpness=np.zeros(count, np.float32),
        shapes=np.ones((count, 2), np.int64),
        person_ids=rows[:, 0],
    )
    packed = pack_crops(pack)
    return store.put("{}-{}".format(*rows[0]), packed.data), places_in(0, packed, images)


def regroup(_: list[CropGroup], path: Path) -> None:
    """As the pick stage does: stored images are read by range, checked and packed again, without a look at a pixel."""
    reader, listed, refs = _opened(path.parent / SOURCE)
    rows = np.stack([listed.person_ids, listed.frame_numbers], axis=1)
    batches = [np.arange(start, min(start + KEPT_BATCH_CROPS, len(rows))) for start in range(0, len(rows), KEPT_BATCH_CROPS)]
    with FlushedStore(path) as store:
        stored = [_stored(store, read_images(reader, refs, listed.places.take(batch)), rows[batch]) for batch in batches]
        _list(store, rows, stored)


def _opened(path: Path) -> tuple[VerifiedReader, PersonImages, list[ObjectRef]]:
    store = DirectoryStore(path)
    refs = [ObjectRef(*entry) for entry in decode_json(store.get("refs"))]
    return VerifiedReader(store, path / "cache"), decode_person_images(store.get("list")), refs


def load_packed(path: Path, wanted: Rows) -> int:
    """One person after the other, as export does: images by range, each checked against its digest, then decoded."""
    reader, listed, refs = _opened(path)
    loaded = 0
    for person, rows in wanted.items():
        places = listed.places.take(np.searchsorted(listed.person_ids, person) + np.array(rows))
        for image in read_images(reader, refs, places):
            height, width = stored_size(image) or (0, 0)
            loaded += decode_picture(image, height, width).nbytes
    return loaded


def save_by_person(level: int | None, threads: int) -> Save:
    def save(groups: list[CropGroup], path: Path) -> None:
        write_groups(path, groups, LayoutNotes("benchmark"), level, threads)
        put_on_disk(path)

    return save


def load_by_person(path: Path, wanted: Rows) -> int:
    with open_groups(path) as file:
        groups = ((file.group(person), rows) for person, rows in wanted.items())
        return sum(group.pictures[row].nbytes for group, rows in groups for row in rows)


def save_pickle(protocol: int) -> Save:
    return lambda groups, path: _dump(groups, path, protocol)


def _dump(groups: list[CropGroup], path: Path, protocol: int) -> None:
    content = {
        group.person_id: {
            "frame_numbers": group.frame_numbers,
            "crops": group.pictures,
            "bboxes": group.boxes,
            "confidences": group.confidences,
        }
        for group in groups
    }
    with path.open("wb") as file:
        pickle.dump(content, file, protocol)
    put_on_disk(path)


def load_pickle(path: Path, wanted: Rows) -> int:
    """All of it, for there is no way to read a part."""
    with path.open("rb") as file:
        content = pickle.load(file)
    return sum(content[person]["crops"][row].nbytes for person, rows in wanted.items() for row in rows)


FORMATS: dict[str, tuple[Save, Load]] = {
    "packed JPEG q95, 1 slot": (save_packed(JPEG_95, 1), load_packed),
    f"packed JPEG q95, {_CORES} slots": (save_packed(JPEG_95, _CORES), load_packed),
    "packed JPEG q95, out of stored ones": (regroup, load_packed),
    f"packed PNG, {_CORES} slots": (save_packed(PNG, _CORES), load_packed),
    f"by person, gzip 4, {_CORES} threads": (save_by_person(4, _CORES), load_by_person),
    "by person, none": (save_by_person(None, 1), load_by_person),
    "pickle, default protocol": (save_pickle(pickle.DEFAULT_PROTOCOL), load_pickle),
    "pickle": (save_pickle(pickle.HIGHEST_PROTOCOL), load_pickle),
}


def seconds_of(work: Callable[[], object]) -> tuple[float, float]:
    """Wall and CPU time."""
    wall, cpu = time.perf_counter(), time.process_time()
    work()
    return time.perf_counter() - wall, time.process_time() - cpu


def put_on_disk(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def bytes_in(path: Path) -> int:
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file()) if path.is_dir() else path.stat().st_size


def remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()


def measured(groups: list[CropGroup], folder: Path, rounds: int, only: str) -> dict[str, NDArray[np.float64]]:
    """Each format's size, save wall and CPU, load of the shown crops of the top persons and of all their crops: the least of the rounds."""
    largest = sorted(groups, key=lambda group: (-len(group.pictures), group.person_id))[:_TOP]
    whole = {group.person_id: list(range(len(group.pictures))) for group in sorted(largest, key=lambda group: group.person_id)}
    shown = {person: np.linspace(0, len(rows) - 1, min(_SHOWN, len(rows))).round().astype(int).tolist() for person, rows in whole.items()}
    found: dict[str, list[tuple[float, ...]]] = {name: [] for name in FORMATS if only in name or name == "pickle"}
    save_packed(JPEG_95, _CORES)(groups, folder / SOURCE)
    for _ in range(rounds):
        for name, runs in found.items():
            save, load = FORMATS[name]
            path = folder / "crops"
            saved = seconds_of(lambda save=save, path=path: save(groups, path))
            few, all_of_them = (seconds_of(lambda load=load, rows=rows: load(folder / "crops", rows))[0] for rows in (shown, whole))
            runs.append((bytes_in(path), *saved, few, all_of_them))
            remove(path)
    return {name: np.min(np.array(runs), axis=0) for name, runs in found.items()}


def lines(figures: dict[str, NDArray[np.float64]], pixel_bytes: int) -> Iterable[str]:
    pickled = figures["pickle"]
    yield f"| {'format':36} | size MB | of raw | save s | x pickle | save CPU-s | load {_TOP} x {_SHOWN} s | load {_TOP} of {PERSONS} s |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, (size, wall, cpu, few, whole) in figures.items():
        yield (
            f"| {name:36} | {size / 1e6:.1f} | {size / pixel_bytes:.1%} | {wall:.2f} | {wall / pickled[1]:.2f} | {cpu:.2f} "
            f"| {few:.2f} | {whole:.2f} |"
        )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--full", action="store_true", help="all 8,661 crops: takes minutes, 2 GB of memory and as much disk")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", default="", metavar="TEXT", help="formats with this in their name, and the pickle")
    parser.add_argument("--folder", type=Path, help="where to write (default: a temporary folder)")
    options = parser.parse_args()
    part = 1 if options.full else _TENTH
    crops = made_crops(CROPS // part, PIXEL_BYTES // part)
    raw = sum(picture.nbytes for group in crops for picture in group.pictures)
    count = sum(len(group.pictures) for group in crops)
    print(f"{count:,} crops of {len(crops)} persons, {raw / 1e6:.1f} MB raw; load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(dir=options.folder) as scratch:
        print("\n".join(lines(measured(crops, Path(scratch), options.rounds, options.only), raw)))
    print(f"load average {os.getloadavg()[0]:.1f} at the end, {_CORES} cores")
