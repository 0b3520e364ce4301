"""Pinned downloads of models, before a job: the services themselves never download."""

import hashlib
import tempfile
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from urllib.parse import urlsplit

import urllib3
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn

from castlist.errors import CastlistError, UsageError
from castlist.manifest import ONNX_SUFFIX, ModelEntry, ModelLibrary, best_to_be_had, manifest

_TIMEOUT = urllib3.Timeout(connect=3.0, read=15.0)
_RETRIES = urllib3.Retry(total=5, connect=0, read=0, status=0, redirect=5)
_CHUNK_BYTES = 1 << 16
_PARAMETERS = {"detector": "plan.detector", "embedder": "plan.embedder"}

Advance = Callable[[int], None]


class DownloadFailed(CastlistError):
    """A model could not be downloaded; the message is a sentence without a name in front."""


def wanted_models(overrides: Mapping[str, str]) -> tuple[ModelEntry, ...]:
    """The most preferred model of each task, or the one that the request names, where it is one that can be downloaded."""
    wanted = []
    for task, parameter in _PARAMETERS.items():
        wish = overrides.get(parameter, "auto")
        entry = best_to_be_had(task) if wish == "auto" else manifest().get(wish)
        wanted += [entry] if entry is not None and entry.url else []
    return tuple(wanted)


def files_pointed_at(settings: Iterable[str]) -> tuple[list[str], tuple[Path, ...]]:
    """`plan.detector=PATH` of `--set` as the name of a file, and the files; other settings as they are.

    A name without a folder points at a file too, where there is one in the current folder. Raises `UsageError` for a path to no file.
    """
    plain, files = [], []
    for setting in settings:
        name, sign, value = setting.partition("=")
        path = Path(value.strip())
        if name.strip() == _PARAMETERS["detector"] and path.suffix == ONNX_SUFFIX and (path.is_file() or len(path.parts) > 1):
            if not path.is_file():
                raise UsageError(f"{name.strip()}: there is no file {path}")
            files.append(path)
            plain.append(f"{name}{sign}{path.name}")
        else:
            plain.append(setting)
    return plain, tuple(files)


def ensure_models(
    entries: Iterable[ModelEntry], library: ModelLibrary, cache_folder: Path, *, offline: bool = False, quiet: bool = False
) -> tuple[str, ...]:
    """Download what is not at hand into the cache, side by side; returns a sentence for each model that was not had.

    That is no error: a job has models to fall back on. `cache_folder` is the library's.
    """
    missing = [entry for entry in entries if library.resolve(entry.name) is None]
    if offline or not missing:
        return tuple(f"{entry.name} is not on this machine, and downloads are switched off." for entry in missing)
    columns = (TextColumn("{task.description}"), BarColumn(), DownloadColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), disable=quiet) as progress, ThreadPoolExecutor(len(missing)) as threads:

        def fetch(entry: ModelEntry) -> str | None:
            bar = progress.add_task(f"downloading {entry.name}", total=entry.size_bytes)
            try:
                download(entry, cache_folder, lambda count: progress.advance(bar, count))
            except DownloadFailed as failure:
                progress.remove_task(bar)
                return f"{entry.name} could not be downloaded: {failure}."
            return None

        return tuple(reason for reason in threads.map(fetch, missing) if reason is not None)


def download(entry: ModelEntry, folder: Path, advance: Advance = lambda _: None) -> Path:
    """Fetch the pinned file into a folder, where it appears whole and checked or not at all; `advance` is told of bytes read.

    Raises `DownloadFailed`.
    """
    target, host = folder / entry.file, urlsplit(entry.url).hostname
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(prefix=".download-", dir=folder) as scratch:
            part = Path(scratch) / entry.file
            _fetch(entry, part, advance)
            part.replace(target)
    except urllib3.exceptions.HTTPError as error:
        raise DownloadFailed(f"{host} {_why(error)}") from error
    except OSError as error:
        raise DownloadFailed(f"{folder} can't be written to ({error.strerror or error})") from error
    return target


def _fetch(entry: ModelEntry, part: Path, advance: Advance) -> None:
    host = urlsplit(entry.url).hostname
    with (
        _connections(entry.url) as connections,
        closing(connections.request("GET", entry.url, preload_content=False, timeout=_TIMEOUT, retries=_RETRIES)) as response,
        part.open("wb") as file,
    ):
        if response.status != 200:
            raise DownloadFailed(f"{host} answered {response.status}")
        digest, length = hashlib.sha256(), 0
        for chunk in response.stream(_CHUNK_BYTES, decode_content=False):
            length += len(chunk)
            if length > entry.size_bytes:
                break
            digest.update(chunk)
            file.write(chunk)
            advance(len(chunk))
    if length != entry.size_bytes or digest.hexdigest() != entry.sha256:
        raise DownloadFailed(f"what {host} sent is not the pinned file, its size or SHA-256 differs")


def _connections(url: str) -> urllib3.PoolManager:
    """Straight, or through the proxy that the environment names."""
    parts = urlsplit(url)
    proxy = urllib.request.getproxies().get(parts.scheme)
    if proxy and not urllib.request.proxy_bypass(parts.netloc):
        return urllib3.ProxyManager(proxy)
    return urllib3.PoolManager()


def _why(error: urllib3.exceptions.HTTPError) -> str:
    cause = error.reason if isinstance(error, urllib3.exceptions.MaxRetryError) and error.reason is not None else error
    if isinstance(cause, urllib3.exceptions.ReadTimeoutError):
        return "stopped answering"
    if isinstance(cause, (urllib3.exceptions.ConnectTimeoutError, urllib3.exceptions.NewConnectionError)):
        return "can't be reached"
    return f"gave no proper answer ({type(cause).__name__})"
