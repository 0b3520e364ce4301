"""`castlist secrets`: credentials for the services, the servers and the command line."""

import os
import sys
from argparse import Namespace
from pathlib import Path

from castlist.credentials import CA_FILE
from castlist.errors import UsageError
from cli.exit_codes import DONE
from cli.secrets_folder import Owner, Owners, write_secrets


def execute(options: Namespace) -> int:
    """Make or complete the folder. Prints which files were written, and never what they say."""
    own_s3_users = os.environ.get("CASTLIST_S3_POLICIES") != "0"
    if not own_s3_users:
        print("castlist: CASTLIST_S3_POLICIES=0: every service gets the object store's root key", file=sys.stderr)
    addresses = {"CASTLIST_NATS_URL": options.nats_url, "CASTLIST_S3_ENDPOINT": options.s3_endpoint}
    tls = {CA_FILE: options.tls_ca or "", "CASTLIST_S3_SECURE": "1" if options.tls_ca else "0"} if any(addresses.values()) else {}
    written = write_secrets(
        options.folder,
        own_s3_users=own_s3_users,
        addresses={name: value for name, value in addresses.items() if value} | tls,
        owners=Owners(
            services=_owner(options.owner) if options.owner else None,
            client=_owner_of(options.client_owner_of) if options.client_owner_of else None,
        ),
    )
    print("\n".join(f"wrote {path}" for path in written) or f"{options.folder} has all it needs")
    return DONE


def _owner(text: str) -> Owner:
    uid, _, gid = text.partition(":")
    if not (uid.isdecimal() and gid.isdecimal()):
        raise UsageError(f"--owner wants UID:GID in numbers, not {text!r}")
    return Owner(int(uid), int(gid))


def _owner_of(path: Path) -> Owner:
    try:
        status = path.stat()
    except OSError as error:
        raise UsageError(f"--client-owner-of {path}: {error.strerror}") from error
    return Owner(status.st_uid, status.st_gid)
