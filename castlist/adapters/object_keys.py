"""Which keys the object stores take."""

from castlist.errors import UsageError

MAX_KEY_BYTES = 1024
MAX_PART_BYTES = 255


def checked_key(key: str) -> str:
    """The key, if it is safe as an object's name and as a path below a folder.

    Parts between `/` are 1 to 255 bytes long and do not begin with a dot, so that no key leaves the
    folder or meets the folder's own hidden files. Raises `UsageError`.
    """
    parts = key.split("/")
    fault = None
    if len(key.encode()) > MAX_KEY_BYTES or any(len(part.encode()) > MAX_PART_BYTES for part in parts):
        fault = f"is longer than {MAX_KEY_BYTES} bytes, or a part of it than {MAX_PART_BYTES}"
    elif not all(parts):
        fault = "has an empty part: it may not begin or end with / nor hold //"
    elif any(part.startswith(".") for part in parts):
        fault = "has a part that begins with a dot"
    elif not key.isprintable() or "\\" in key:
        fault = "holds a control character or a backslash"
    if fault:
        raise UsageError(f"object key {key!r} {fault}")
    return key


def checked_folder(prefix: str) -> str:
    """A prefix that ends in `/` and would begin a key. Raises `UsageError`."""
    if not prefix.endswith("/"):
        raise UsageError(f"prefix {prefix!r} must end in /, or it would match other folders too")
    checked_key(prefix[:-1])
    return prefix
