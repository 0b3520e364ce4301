"""Certificates for the servers of tests, from an authority that is made for the occasion."""

import shutil
import subprocess
import unittest
from pathlib import Path
from typing import NamedTuple

_NEW_KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
_DAYS = ("-days", "2")


class Certificate(NamedTuple):
    """Files of a server's certificate, of its key, and of the authority that signed it."""

    chain: Path
    key: Path
    authority: Path


def issue_certificate(folder: Path, names: str = "IP:127.0.0.1,DNS:localhost") -> Certificate:
    """A certificate for some names in a new folder. The test is skipped where `openssl` is missing."""
    if shutil.which("openssl") is None:
        raise unittest.SkipTest("openssl is not on this machine")
    folder.mkdir(parents=True)
    (folder / "names").write_text(f"subjectAltName={names}")
    _openssl(folder, "req", "-x509", *_NEW_KEY, *_DAYS, "-subj", "/CN=authority", "-keyout", "ca.key", "-out", "ca.crt")
    _openssl(folder, "req", *_NEW_KEY, "-subj", "/CN=server", "-keyout", "server.key", "-out", "server.csr")
    signed_by = ("-CA", "ca.crt", "-CAkey", "ca.key", "-CAcreateserial")
    _openssl(folder, "x509", "-req", "-in", "server.csr", *signed_by, *_DAYS, "-extfile", "names", "-out", "server.crt")
    return Certificate(folder / "server.crt", folder / "server.key", folder / "ca.crt")


def _openssl(folder: Path, *arguments: str) -> None:
    subprocess.run(["openssl", *arguments], cwd=folder, check=True, capture_output=True, timeout=30)
