"""`castlist eval reid`: CMC and mAP of an appearance model on a folder with the names of Market-1501.

`query/` holds the pictures to ask for, `bounding_box_test/` the gallery. A picture is called `0002_c1s1_000451_03.jpg`: person 2 by
camera 1; what follows the camera is free. In the gallery, person 0000 is nobody in particular, a distractor, and -1 is junk.
"""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import cv2
import numpy as np
from rich.console import Console
from rich.progress import track

from castlist.domain.devices import DeviceWish
from castlist.domain.parameters import EmbedParameters
from castlist.domain.records import Float32
from castlist.domain.video import ModelChoice
from castlist.errors import InputError
from cli.columns import table
from services.reid.algorithms.retrieval import JUNK, Pictures, Retrieval, retrieve
from services.reid.models.embedder import Embedder, Picture
from services.reid.models.loading import ModelFiles, load_embedder

QUERIES, GALLERY = "query", "bounding_box_test"
DISTRACTOR = 0

_SUFFIXES = {".jpg", ".jpeg", ".png"}
_NAME = re.compile(r"(-1|\d+)_c(\d+)(?:s\d+)?_[^/]*", re.ASCII)
_PICTURES_AT_A_TIME = 64


@dataclass(frozen=True, slots=True)
class NamedPicture:
    """A file, who is in it and which camera took it."""

    path: Path
    identity: int
    camera: int


@dataclass(frozen=True, slots=True)
class ReidTask:
    """Whom to find, and where; each by file name."""

    queries: list[NamedPicture]
    gallery: list[NamedPicture]


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The model, how many pictures it saw, the length of its vectors, and what it found."""

    model: ModelChoice
    gallery_pictures: int
    dimension: int
    found: Retrieval


def read_task(folder: Path) -> ReidTask:
    """Raises `InputError` for folders and names that are not as Market-1501 has them."""
    task = ReidTask(_list_pictures(folder, QUERIES), _list_pictures(folder, GALLERY))
    nobody = next((picture for picture in task.queries if picture.identity in (JUNK, DISTRACTOR)), None)
    if nobody is not None:
        raise InputError(f"{nobody.path} is nobody in particular, who can't be asked for: move it to {GALLERY}")
    seen = {(picture.identity, picture.camera) for picture in task.gallery}
    if not any(who == query.identity and camera != query.camera for query in task.queries for who, camera in seen):
        raise InputError(f"{folder / GALLERY} shows nobody of {QUERIES} by another camera, so there is nothing to find: check the names")
    return task


def evaluate_reid(
    task: ReidTask, choice: ModelChoice, files: ModelFiles, wish: DeviceWish, threads: int = 1, *, quiet: bool = True
) -> Evaluation:
    """Embed all pictures and ask. Raises `InputError` for a picture that can't be decoded, and what `load_embedder` raises."""
    cv2.setNumThreads(1)
    embedder = load_embedder(choice, files, EmbedParameters().batch_size, wish)
    asked, held = (_embedded(pictures, embedder, threads, quiet=quiet) for pictures in (task.queries, task.gallery))
    return Evaluation(choice, len(task.gallery), held.features.shape[1], retrieve(asked, held))


def _list_pictures(folder: Path, name: str) -> list[NamedPicture]:
    """The pictures of a folder within `folder` by file name; files with other endings are passed over. Raises `InputError`."""
    if not (folder / name).is_dir():
        raise InputError(f"{folder} has no folder {name}; one as of Market-1501 has {QUERIES} and {GALLERY}")
    paths = sorted(path for path in (folder / name).iterdir() if path.suffix.lower() in _SUFFIXES)
    if not paths:
        raise InputError(f"{folder / name} holds no pictures ({', '.join(sorted(_SUFFIXES))})")
    return [_named(path) for path in paths]


def document(evaluation: Evaluation) -> dict[str, object]:
    """For programs: shares from 0 to 1."""
    return {
        "model": {key: value for key, value in asdict(evaluation.model).items() if key in ("name", "sha256", "runtime")},
        "dim": evaluation.dimension,
        "gallery_pictures": evaluation.gallery_pictures,
        "queries": evaluation.found.queries,
        "queries_without_answer": evaluation.found.unanswerable,
        "rank": {str(rank): share for rank, share in zip(evaluation.found.ranks, evaluation.found.cmc, strict=True)},
        "mAP": evaluation.found.mean_average_precision,
    }


def told(evaluation: Evaluation) -> str:
    """For people: percent."""
    found, model = evaluation.found, evaluation.model
    heading = ["model", *(f"rank-{rank}" for rank in found.ranks), "mAP", "queries", "gallery", "dim"]
    figures = [f"{100 * share:.1f}" for share in (*found.cmc, found.mean_average_precision)]
    lines = [table(heading, [[model.name, *figures, found.queries, evaluation.gallery_pictures, evaluation.dimension]])]
    if found.unanswerable:
        lines.append(f"{found.unanswerable} queries are not counted: no other camera took that person.")
    return "\n".join([*lines, f"{model.runtime}, SHA-256 {model.sha256}", *([model.note] if model.note else [])])


def _named(path: Path) -> NamedPicture:
    parts = _NAME.fullmatch(path.stem)
    if parts is None:
        raise InputError(f"{path} is not named as in Market-1501, as 0002_c1s1_000451_03.jpg (person, camera): rename or remove it")
    return NamedPicture(path, int(parts[1]), int(parts[2]))


def _embedded(pictures: Sequence[NamedPicture], embedder: Embedder, threads: int, *, quiet: bool) -> Pictures:
    def embed(start: int) -> Float32:
        return embedder.embed([_picture(picture.path) for picture in pictures[start : start + _PICTURES_AT_A_TIME]])

    starts = range(0, len(pictures), _PICTURES_AT_A_TIME)
    with ThreadPoolExecutor(threads) as pool:
        parts = pool.map(embed, starts)
        shown = track(parts, pictures[0].path.parent.name, len(starts), console=Console(stderr=True), transient=True, disable=quiet)
        features = np.concatenate(list(shown))
    identities = np.array([picture.identity for picture in pictures], np.int64)
    return Pictures(identities, np.array([picture.camera for picture in pictures], np.int64), features)


def _picture(path: Path) -> Picture:
    try:
        data = path.read_bytes()
    except OSError as fault:
        raise InputError(f"{path} can't be read: {fault.strerror}") from fault
    picture = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_COLOR) if data else None
    if picture is None:
        raise InputError(f"{path} is no picture that can be decoded: replace or remove it")
    return picture.astype(np.uint8, copy=False)
