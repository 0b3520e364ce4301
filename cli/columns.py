"""Plain text for tables, durations and sizes."""

from collections.abc import Sequence

_UNITS_S = (("d", 86_400), ("h", 3_600), ("min", 60), ("s", 1))
_UNITS_BYTES = (("GB", 10**9), ("MB", 10**6), ("kB", 10**3))


def table(heading: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Rows under their heading, in columns as wide as their content; the last one may be of any length."""
    lines = [[str(cell) for cell in row] for row in (heading, *rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(heading))]
    return "\n".join("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip() for line in lines)


def duration(seconds: float) -> str:
    """In the largest unit of which there is at least one: `42 s`, `3 min`, `5 h`, `12 d`."""
    whole = max(int(seconds), 0)
    name, size = next(((name, size) for name, size in _UNITS_S if whole >= size), _UNITS_S[-1])
    return f"{whole // size} {name}"


def byte_count(size: int) -> str:
    """As `512 B`, `2.1 MB`."""
    return next((f"{size / unit:.1f} {name}" for name, unit in _UNITS_BYTES if size >= unit), f"{size} B")
