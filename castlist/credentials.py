"""Files of `CASTLIST_*` settings, with which a service or a client gets its credentials."""

import re
from collections.abc import Mapping
from pathlib import Path

from castlist.errors import UsageError

VARIABLE = "CASTLIST_CREDENTIALS"
CA_FILE = "CASTLIST_TLS_CA_FILE"

_LINE = re.compile(r"([A-Z][A-Z0-9_]*)=(.*)")


def with_credentials(environ: Mapping[str, str], default: Path | None = None) -> dict[str, str]:
    """An environment and, below it, the settings of the file that it names, or of `default` if that file exists.

    A variable that is set to nothing counts as not set; a certificate's path is from the file's folder.
    Raises `UsageError` that lists every line at fault, without what it says.
    """
    named = environ.get(VARIABLE)
    settings: dict[str, str] = {}
    if named:
        settings = _placed(read_settings(Path(named), origin=f"{VARIABLE}: "), Path(named).parent)
    elif default is not None and default.is_file():
        settings = _placed(read_settings(default), default.parent)
    return settings | {name: value for name, value in environ.items() if value or name not in settings}


def read_settings(path: Path, origin: str = "") -> dict[str, str]:
    """Settings of a file. Raises `UsageError`."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError:
        raise UsageError(f"{origin}{path} is no text in UTF-8") from None
    except OSError as error:
        raise UsageError(f"{origin}{path} can't be read ({error.strerror}): check the path and its permissions") from error
    settings, faults = parse_settings(text)
    if faults:
        raise UsageError("; ".join(f"{origin}{path}, line {number}: {fault}" for number, fault in faults))
    return settings


def _placed(settings: dict[str, str], folder: Path) -> dict[str, str]:
    authority = settings.get(CA_FILE)
    return settings | {CA_FILE: str(folder / authority)} if authority else settings


def parse_settings(text: str) -> tuple[dict[str, str], list[tuple[int, str]]]:
    """`NAME=VALUE` lines, `#` lines and empty ones apart; and what is wrong in which line, counted from 1."""
    settings: dict[str, str] = {}
    faults: list[tuple[int, str]] = []
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _LINE.fullmatch(line.strip())
        if match is None:
            faults.append((number, "expected NAME=VALUE"))
        elif match[1] == VARIABLE or not match[1].startswith("CASTLIST_"):
            faults.append((number, f"{match[1]} is no setting that belongs into this file"))
        elif match[1] in settings:
            faults.append((number, f"{match[1]} is set twice"))
        else:
            settings[match[1]] = match[2].strip()
    return settings, faults


def format_settings(settings: Mapping[str, str]) -> str:
    """What `parse_settings` reads, sorted by name."""
    return "".join(f"{name}={value}\n" for name, value in sorted(settings.items()))
