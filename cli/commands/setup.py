"""`castlist setup`: what an installation needs once."""

import asyncio
import sys
import time
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from castlist.adapters.s3_users import S3Key, S3User, S3Users
from castlist.bootstrap import Environment, create_streams_and_bucket, read_environment
from castlist.errors import DependencyUnavailable, UsageError
from castlist.rights import SETUP, object_rights
from cli.exit_codes import DONE
from cli.secrets_folder import read_secrets, settings_file

_DEFAULT_FOLDER = Path("secrets")
_KEY = ("CASTLIST_S3_ACCESS_KEY", "CASTLIST_S3_SECRET_KEY")
_RETRY_S = 1.0


def execute(options: Namespace) -> int:
    """Create streams, consumers, the bucket and the store's users, or bring them up to date."""
    folder = options.secrets or _DEFAULT_FOLDER
    if options.secrets and not folder.is_dir():
        raise UsageError(f"there is no folder {folder}: make it with `castlist secrets {folder}`")
    environment = read_environment(default_credentials=folder / settings_file(SETUP))
    _create(environment, options.wait)
    print(f"streams and consumers at {environment.nats_url.rpartition('@')[2]}, bucket {environment.s3_bucket!r}: ready")
    if folder.is_dir():
        print(_create_users(environment, folder))
    return DONE


def _create(environment: Environment, wait_s: float) -> None:
    """Create all but users, trying again for a while: the servers may have been started a moment ago."""
    deadline_s = time.monotonic() + wait_s
    while True:
        try:
            return asyncio.run(create_streams_and_bucket(environment))
        except DependencyUnavailable as error:
            if time.monotonic() > deadline_s:
                raise
            print(f"castlist: waiting: {error}", file=sys.stderr)
            time.sleep(_RETRY_S)


def _create_users(environment: Environment, folder: Path) -> str:
    """Users of the object store for those with a key of their own; returns what to say about it."""
    root = S3Key(environment.s3_access_key, environment.s3_secret_key)
    keys = {name: _key(folder / settings_file(name), found) for name, found in read_secrets(folder).items() if name != SETUP}
    with_root_key = [name for name, key in keys.items() if key.user == root.user]
    users = S3Users(environment.s3_endpoint, root, secure=environment.s3_secure, ca_file=environment.tls_ca_file)
    for name, key in keys.items():
        if key.user != root.user:
            users.ensure(S3User(key, object_rights(name)), environment.s3_bucket)
    if with_root_key:
        return f"users of the object store: these have its root key, with all rights: {', '.join(with_root_key)}"
    return f"users of the object store: {', '.join(keys)}: ready"


def _key(path: Path, settings: Mapping[str, str]) -> S3Key:
    user, secret = (settings.get(name, "") for name in _KEY)
    if not user or not secret:
        raise UsageError(f"{path} lacks {' or '.join(_KEY)}: complete it with `castlist secrets`")
    return S3Key(user, secret)
