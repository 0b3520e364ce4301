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
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.example_crops import people
from castlist.adapters.directory_store import DirectoryStore
from castlist.codec.crops_by_person import CropGroup, LayoutNotes, open_groups, write_groups
from castlist.codec.crops_hdf5 import pack_crops
from castlist.codec.documents import decode_json, encode_json
from castlist.codec.image_places import places_in
from castlist.codec.person_images import decode_person_images, encode_person_images
from castlist.codec.pictures import Picture, decode_picture, stored_size
from castlist.codec.stored_images import read_images
from castlist.domain.jobs import ObjectRef
from castlist.domain.records import CropPack, ImagePlaces, PersonImages
from castlist.worker.objects import VerifiedReader
from services.detector.handlers.segment_crops import PACK_BYTES
from services.detector.video.crops import CropCodec, encode_images

CROPS, PERSONS, PIXEL_BYTES = 8661, 48, 812_590_000
_TENTH = 10
_TOP, _SHOWN = 10, 50
_SEED = 5
_SIZE_PX = np.array([250.0, 125.0])
_CORES = os.cpu_count() or 1

JPEG_95 = CropCodec("jpeg", 95, 0)
PNG = CropCodec("png", 95, 0)

Rows = dict[int, list[int]]
Save = Callable[[list[CropGroup], Path], None]
Load = Callable[[Path, Rows], int]


def made_crops(count: int, pixel_bytes: int) -> list[CropGroup]:
    """Persons with crops, seeded: windows around people, of sizes that vary by a third, some mirrored, brightness moved a little."""
    generator = np.random.default_rng(_SEED)
    frames = [(picture, rectangles) for picture, rectangles in people(every=24) if len(rectangles)]
    factors = generator.lognormal(0, 0.35, count)
    factors *= np.sqrt(pixel_bytes / np.sum(3 * np.prod(_SIZE_PX) * factors**2))
    owners = np.sort(np.concatenate([np.arange(PERSONS), generator.choice(PERSONS, count - PERSONS, p=_shares(generator))]))
    pictures = [_window(frames, factor, generator) for factor in factors]
    return [_group(number, [pictures[row] for row in np.flatnonzero(owners == number)]) for number in range(PERSONS)]


def _shares(generator: np.random.Generator) -> NDArray[np.float64]:
    return generator.dirichlet(np.full(PERSONS, 3.0))


def _window(frames: list[tuple[Picture, NDArray[np.int64]]], factor: float, generator: np.random.Generator) -> Picture:
    picture, rectangles = frames[generator.integers(len(frames))]
    rectangle = rectangles[generator.integers(len(rectangles))]
    height, width = np.minimum((_SIZE_PX * factor).round().astype(int), picture.shape[:2]).tolist()
    x, y = (np.array([rectangle[0] + rectangle[2] - width, rectangle[1] + rectangle[3] - height]) / 2 + generator.normal(0, 12, 2)).astype(
        int
    )
    left, top = int(np.clip(x, 0, picture.shape[1] - width)), int(np.clip(y, 0, picture.shape[0] - height))
    window = picture[top : top + height, left : left + width].astype(np.int16) + generator.integers(-6, 7)
    return np.ascontiguousarray(np.clip(window, 0, 255).astype(np.uint8)[:, :: generator.choice([-1, 1])])


def _group(number: int, pictures: list[Picture]) -> CropGroup:
    sizes = np.array([picture.shape[:2] for picture in pictures], np.float32)
    boxes = np.concatenate([np.zeros_like(sizes), sizes[:, ::-1]], axis=1)
    return CropGroup(number + 1, np.arange(len(pictures)), pictures, boxes, np.full(len(pictures), 0.9, np.float32))


def save_packed(codec: CropCodec, slots: int) -> Save:
    """As a job does: each slot encodes pictures, and stores a pack whenever it has `PACK_BYTES` of them; a list says where they lie."""

    def save(groups: list[CropGroup], path: Path) -> None:
        store = DirectoryStore(path)
        ends = np.cumsum([sum(picture.nbytes for picture in group.pictures) for group in groups])
        slot_of = np.minimum((ends - 1) * slots // ends[-1], slots - 1).tolist()
        parts = [[group for group, owner in zip(groups, slot_of, strict=True) if owner == slot] for slot in range(slots)]
        with ThreadPoolExecutor(slots) as pool:
            stored = [
                pack for packs in pool.map(lambda slot: list(_packs(codec, parts[slot], store, slot)), range(slots)) for pack in packs
            ]
        refs, places = [ref for ref, _ in stored], [replace(found, packs=found.packs + number) for number, (_, found) in enumerate(stored)]
        listed = PersonImages(
            person_ids=np.concatenate([np.full(len(group.frame_numbers), group.person_id) for group in groups]),
            frame_numbers=np.concatenate([group.frame_numbers for group in groups]),
            detection_indices=np.arange(sum(len(group.frame_numbers) for group in groups)),
            places=ImagePlaces(
                *(np.concatenate([getattr(found, column) for found in places]) for column in ("packs", "offsets", "lengths", "digests"))
            ),
        )
        _put(store, "list", encode_person_images(listed))
        _put(store, "refs", encode_json([[ref.key, ref.length, ref.sha256] for ref in refs]))

    return save


def _packs(codec: CropCodec, groups: list[CropGroup], store: DirectoryStore, slot: int) -> Iterator[tuple[ObjectRef, ImagePlaces]]:
    """Stores packs; their references, and where in them the images lie."""
    images: list[bytes] = []
    shapes: list[tuple[int, int]] = []
    rows = [(group, row) for group in groups for row in range(len(group.frame_numbers))]
    start, held = 0, 0
    for end, (group, row) in enumerate(rows, 1):
        picture = group.pictures[row]
        image, shape = next(encode_images(picture, np.array([[0, 0, picture.shape[1], picture.shape[0]]]), codec))
        images.append(image)
        shapes.append(shape)
        held += len(image)
        if end == len(rows) or held >= PACK_BYTES:
            packed = pack_crops(_pack(images, shapes, rows[start:end]))
            yield _put(store, f"{slot}-{start}", packed.data), places_in(0, packed, images)
            images, shapes, start, held = [], [], end, 0


def _pack(images: list[bytes], shapes: list[tuple[int, int]], rows: list[tuple[CropGroup, int]]) -> CropPack:
    return CropPack(
        images=tuple(images),
        frame_numbers=np.array([group.frame_numbers[row] for group, row in rows]),
        detection_indices=np.arange(len(rows)),
        boxes=np.array([group.boxes[row] for group, row in rows]),
        confidences=np.array([group.confidences[row] for group, row in rows]),
        sharpness=np.zeros(len(rows), np.float32),
        shapes=np.array(shapes),
        person_ids=np.array([group.person_id for group, _ in rows]),
    )


def _put(store: DirectoryStore, key: str, data: bytes) -> ObjectRef:
    store.put(key, data)
    put_on_disk(store.path_of(key))
    return ObjectRef(key, len(data), hashlib.sha256(data).hexdigest())


def load_packed(path: Path, wanted: Rows) -> int:
    """One person after the other, as export does: images by range, each checked against its digest, then decoded."""
    store = DirectoryStore(path)
    reader = VerifiedReader(store, path / "cache")
    listed = decode_person_images(store.get("list"))
    refs = [ObjectRef(*entry) for entry in decode_json(store.get("refs"))]
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
    yield f"| {'format':28} | size MB | of raw | save s | x pickle | save CPU-s | load {_TOP} x {_SHOWN} s | load {_TOP} of {PERSONS} s |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for name, (size, wall, cpu, few, whole) in figures.items():
        yield (
            f"| {name:28} | {size / 1e6:.1f} | {size / pixel_bytes:.1%} | {wall:.2f} | {wall / pickled[1]:.2f} | {cpu:.2f} "
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
