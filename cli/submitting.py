"""A video handed in: stored first, then the request, then announced. Accepted means kept."""

import hashlib
import os
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path, PurePath

from castlist import topology
from castlist.codec.job_messages import encode_request
from castlist.domain.jobs import NO_SETTINGS, JobRequest, ObjectRef, Settings, Stage
from castlist.domain.source_url import SourceUrl
from castlist.errors import AlreadyExists, InputError, UsageError
from castlist.ports import MessageBus, ObjectStore
from castlist.traces import UNTRACED, Tracer, message_span
from services.coordinator.algorithms.decide import request_fault

Video = Path | SourceUrl
"""A file of this machine, or an address on the web."""

_CHUNK_BYTES = 1 << 20


def new_job_id(video: Video) -> str:
    """A readable, unused id: the file's name and eight random hex digits."""
    slug = re.sub(r"[^a-z0-9]+", "-", PurePath(video.name).stem.lower()).strip("-")[:40]
    return f"{slug or 'video'}-{secrets.token_hex(4)}"


def describe_video(video: Path) -> tuple[int, str]:
    """Length in bytes and SHA-256. Raises `InputError` for what is no readable file."""
    _check_regular(video)
    digest = hashlib.sha256()
    length = 0
    try:
        with video.open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                digest.update(chunk)
                length += len(chunk)
    except OSError as error:
        raise InputError(f"{video} can't be read ({error.strerror}): check its permissions") from error
    if length == 0:
        raise InputError(f"{video} is empty: it holds no video; copy or download it again")
    return length, digest.hexdigest()


def _check_regular(video: Path) -> None:
    try:
        mode = video.stat().st_mode
    except (FileNotFoundError, NotADirectoryError) as error:
        raise InputError(f"{video} does not exist: check the path") from error
    except OSError as error:
        raise InputError(f"{video} can't be read ({error.strerror}): check the path, and the permissions of its folders") from error
    if stat.S_ISDIR(mode):
        raise InputError(f"{video} is a folder: name one video file in it")
    if not stat.S_ISREG(mode):
        raise InputError(f"{video} is no regular file: copy the video to a file first")


def make_request(video: Video, job_id: str, overrides: Mapping[str, str], until: Stage, settings: Settings = NO_SETTINGS) -> JobRequest:
    """A checked request. Raises `InputError` for the file, `UsageError` for the rest."""
    if not topology.is_job_id(job_id):
        raise UsageError(f"{job_id!r} is no job id: 1 to 64 of a-z, 0-9 and hyphen")
    source = None if isinstance(video, SourceUrl) else ObjectRef(topology.source_key(job_id), *describe_video(video))
    url = video.text if isinstance(video, SourceUrl) else ""
    name = os.fsencode(video.name).decode(errors="replace")  # names of files need not be UTF-8
    request = JobRequest(job_id, source, name, dict(overrides), until, settings, url)
    fault = request_fault(request)
    if fault is not None:
        raise UsageError(fault)
    return request


def store_request(store: ObjectStore, request: JobRequest, video: Video) -> None:
    """Source and request into the store, unless the same source is there already, or is on the web.

    Raises `UsageError` for the id of a deleted job of which something may still come.
    """
    if store.stat(topology.tombstone_key(request.job_id)) is not None:
        raise UsageError(f"job {request.job_id!r} was deleted a short while ago, and its id is not free yet: choose another --job")
    if request.source is not None and isinstance(video, Path):
        info = store.stat(request.source.key)
        if info is None or info.length != request.source.length:
            store.put_file(request.source.key, video)
    store.put(topology.request_key(request.job_id), encode_request(request))


async def announce(bus: MessageBus, request: JobRequest, tracer: Tracer = UNTRACED) -> None:
    """Publish the request, which starts the job's trace. Raises `UsageError` when the id is taken; the same request twice is one job."""
    subject, payload = topology.job_subject(request.job_id), encode_request(request)
    try:
        with message_span(tracer, "send", subject, {"castlist.job_id": request.job_id}):
            await bus.append(subject, payload, only_first=True, headers=tracer.headers())
    except AlreadyExists:
        if [entry.payload for entry in await bus.read(subject)] != [payload]:
            raise UsageError(f"there is a job {request.job_id!r} already: choose another --job") from None
