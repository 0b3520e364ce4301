"""A folder with credentials for every service, made once, kept and completed by later runs."""

import fcntl
import os
import secrets
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from castlist.adapters.nats_users import format_users
from castlist.credentials import format_settings, read_settings
from castlist.errors import UsageError
from castlist.rights import CLIENT, PRINCIPALS, SETUP

ROOT_USER = "castlist-root"
CLIENT_FILE = "client.env"
USERS_FILE = "nats/users.conf"
NODES_FILE = "nats/node-password"
"""With it the nodes of a broker that has several let each other in. In a URL and in a configuration file it needs no quotes."""
ROOT_FILE = "s3/root.env"

_SETTINGS_HEAD = "# Made by `castlist secrets`, which keeps what is here and adds what is missing.\n"
_NATS_USER, _NATS_PASSWORD = "CASTLIST_NATS_USER", "CASTLIST_NATS_PASSWORD"
_S3_USER, _S3_PASSWORD = "CASTLIST_S3_ACCESS_KEY", "CASTLIST_S3_SECRET_KEY"

Settings = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Owner:
    """Whom files are given to."""

    uid: int
    gid: int


@dataclass(frozen=True, slots=True)
class Owners:
    """Whom the services' files and the client's are given to; None leaves them to whoever runs this."""

    services: Owner | None = None
    client: Owner | None = None


def settings_file(principal: str) -> str:
    """Where a principal's credentials are in the folder."""
    return f"{principal}/credentials.env"


def read_secrets(folder: Path) -> dict[str, dict[str, str]]:
    """Settings of the principals that have a file. Raises `UsageError`."""
    return {name: read_settings(path) for name in PRINCIPALS if (path := folder / settings_file(name)).exists()}


def completed(found: Mapping[str, Settings], *, own_s3_users: bool) -> dict[str, dict[str, str]]:
    """Settings of all principals: those found, and new secrets where there were none.

    Without `own_s3_users` every principal gets the S3 server's root key, which is `setup`'s.
    """
    root = {_S3_USER: ROOT_USER, _S3_PASSWORD: _new_s3_secret(), **found.get(SETUP, {})}
    settings = {}
    for principal in PRINCIPALS:
        login = {_NATS_USER: principal, _NATS_PASSWORD: secrets.token_urlsafe(32)}
        own_key = {_S3_USER: principal, _S3_PASSWORD: _new_s3_secret()}
        root_key = {name: root[name] for name in own_key}
        before = dict(found.get(principal, {}))
        if principal == SETUP or not own_s3_users:
            settings[principal] = login | before | root_key
        elif before.get(_S3_USER) == root[_S3_USER]:
            settings[principal] = login | before | own_key
        else:
            settings[principal] = login | own_key | before
    return settings


def write_secrets(folder: Path, *, own_s3_users: bool, addresses: Settings, owners: Owners) -> list[Path]:
    """Make or complete the folder; returns the files that were written. Raises `UsageError`. Certificates in `tls/` are the user's.

    `addresses` are of the servers as seen from where the command line runs, for the client's second file.
    """
    try:
        with _alone_in(folder, owners):
            found = read_secrets(folder)
            settings = completed(found, own_s3_users=own_s3_users)
            changed = {settings_file(name): _lines(settings[name]) for name in PRINCIPALS if settings[name] != found.get(name)}
            derived = {
                USERS_FILE: format_users({name: settings[name][_NATS_PASSWORD] for name in PRINCIPALS}),
                ROOT_FILE: _root(settings[SETUP]),
                CLIENT_FILE: _lines({**_settings_of(folder / CLIENT_FILE), **settings[CLIENT], **addresses}),
            }
            if not (folder / NODES_FILE).exists():
                derived[NODES_FILE] = f"n{secrets.token_hex(32)}"
            changed |= {name: text for name, text in derived.items() if not _says(folder / name, text)}
            for name, text in changed.items():
                _write(folder, name, text, owners.client if name == CLIENT_FILE else owners.services)
            for path in sorted(folder.glob("tls/*")):
                _give(path, owners.services)
            return [folder / name for name in changed]
    except OSError as error:
        raise UsageError(f"{error.filename or folder}: {error.strerror}: check its rights, or name another folder") from error


def _new_s3_secret() -> str:
    return secrets.token_urlsafe(30)  # 40 characters, the most that every S3 server takes


def _lines(settings: Settings) -> str:
    return _SETTINGS_HEAD + format_settings(settings)


def _root(settings: Settings) -> str:
    return format_settings({"MINIO_ROOT_USER": settings[_S3_USER], "MINIO_ROOT_PASSWORD": settings[_S3_PASSWORD]})


def _settings_of(path: Path) -> dict[str, str]:
    return read_settings(path) if path.exists() else {}


def _says(path: Path, text: str) -> bool:
    return path.exists() and path.read_text(encoding="utf-8") == text


@contextmanager
def _alone_in(folder: Path, owners: Owners) -> Iterator[None]:
    """The folder, made if need be; a second run at the same time waits."""
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        if not any(folder.iterdir()):
            os.fchmod(handle, 0o700)
            _give(folder, owners.client)
        if owners != Owners():  # others must get at their files through it
            os.fchmod(handle, os.fstat(handle).st_mode & 0o777 | 0o011)
        yield
    finally:
        os.close(handle)


def _write(folder: Path, name: str, text: str, owner: Owner | None) -> None:
    path = folder / name
    if path.parent != folder and not path.parent.exists():
        path.parent.mkdir(mode=0o700)
        _give(path.parent, owner)
    draft = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(handle)
        _give(draft, owner)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _give(path: Path, owner: Owner | None) -> None:
    if owner is not None:
        os.chown(path, owner.uid, owner.gid)
