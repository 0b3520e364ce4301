"""Text files that the user names."""

from pathlib import Path

from castlist.errors import InputError


def read_text(path: Path) -> str:
    """The content as UTF-8. Raises `InputError` that names the file and the remedy."""
    try:
        return path.read_text("utf-8")
    except FileNotFoundError:
        raise InputError(f"{path} does not exist; check the path") from None
    except UnicodeDecodeError as fault:
        raise InputError(f"{path} is no UTF-8 text (byte {fault.start}); give a plain text file") from None
    except OSError as fault:
        raise InputError(f"{path} can't be read: {fault.strerror}") from fault
