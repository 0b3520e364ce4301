"""MOTChallenge text: tracks, ground truth and detections as comma-separated rows, and `seqinfo.ini`.

A row is `frame,id,x,y,width,height,confidence[,...]`: frames from 1, boxes by their top left corner and size
in pixels. Here frames count from 0 and boxes are (x1, y1, x2, y2). In ground truth the seventh column is a
flag: rows flagged 0 are not evaluated.
"""

import configparser
import math
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from castlist.domain.records import Float64, Int64
from castlist.errors import InputError

_SHAPE = "frame,id,x,y,width,height,confidence"
_LARGEST_FRAME = 10_000_000
_BLOCK_ROWS = 1 << 16  # rows that are text at a time: as Python objects they take twenty times the room


@dataclass(frozen=True, slots=True, eq=False)
class MotRows:
    """R rows in the file's order: 0-based `frame_numbers` and `ids` int64 (R,), `boxes` float64 (R, 4), `confidences` float64 (R,)."""

    frame_numbers: Int64
    ids: Int64
    boxes: Float64
    confidences: Float64

    def take(self, index: Int64) -> "MotRows":
        """The rows of an index or mask."""
        return MotRows(self.frame_numbers[index], self.ids[index], self.boxes[index], self.confidences[index])


@dataclass(frozen=True, slots=True)
class SequenceInfo:
    """What `seqinfo.ini` says of a sequence; the frame rate in frames a second."""

    name: str
    frame_rate: Fraction
    frame_count: int
    width_px: int
    height_px: int


def format_rows(rows: MotRows) -> bytes:
    """Rows as text, ordered by frame, then id; boxes to 0.01 pixel."""
    order = np.lexsort((rows.ids, rows.frame_numbers))
    return b"".join(_format_block(rows.take(order[start : start + _BLOCK_ROWS])) for start in range(0, len(order), _BLOCK_ROWS))


def _format_block(rows: MotRows) -> bytes:
    corners = rows.boxes
    columns = (rows.frame_numbers + 1, rows.ids, corners[:, :2], corners[:, 2:] - corners[:, :2], rows.confidences)
    lines = (
        f"{frame},{identity},{x:.2f},{y:.2f},{width:.2f},{height:.2f},{confidence:.4f},-1,-1,-1\n"
        for frame, identity, (x, y), (width, height), confidence in zip(*(column.tolist() for column in columns), strict=True)
    )
    return "".join(lines).encode()


def parse_rows(text: str, file_name: str) -> MotRows:
    """Rows of tracks or ground truth. Raises `InputError` that names file, line and remedy."""
    parsed = [_row(line, f"{file_name}, line {number}") for number, line in _lines(text)]
    return _collect(parsed)


def parse_detections(text: str, file_name: str) -> MotRows:
    """Rows of detections: as `parse_rows`, and every confidence lies in 0..1 (ids are there, but mean nothing)."""
    parsed: list[tuple[float, ...]] = []
    for number, line in _lines(text):
        place = f"{file_name}, line {number}"
        row = _row(line, place)
        if not 0 <= row[6] <= 1:
            raise InputError(f"{place}: confidence {row[6]:g} is outside 0..1; rescale the detector's scores")
        parsed.append(row)
    return _collect(parsed)


def parse_sequence_info(text: str, file_name: str) -> SequenceInfo:
    """Reads the section [Sequence]. Raises `InputError` that lists the keys that are missing or wrong."""
    parser = configparser.ConfigParser(interpolation=None)
    try:
        parser.read_string(text)
        section = parser["Sequence"]
    except configparser.Error as fault:
        raise InputError(f"{file_name} is no seqinfo.ini: {fault.message}") from fault
    except KeyError:
        raise InputError(f"{file_name} has no section [Sequence]; add it with name, frameRate, seqLength, imWidth and imHeight") from None
    faults: list[str] = []
    numbers = {key: _positive(section.get(key), key, faults) for key in ("frameRate", "seqLength", "imWidth", "imHeight")}
    faults += [f"{key} must be a whole number" for key in ("seqLength", "imWidth", "imHeight") if numbers[key].denominator != 1]
    if faults:
        raise InputError(f"{file_name}, section [Sequence]: {'; '.join(faults)}")
    frame_count, width_px, height_px = (int(numbers[key]) for key in ("seqLength", "imWidth", "imHeight"))
    return SequenceInfo(section.get("name", ""), numbers["frameRate"], frame_count, width_px, height_px)


def _positive(text: str | None, key: str, faults: list[str]) -> Fraction:
    """The number, or 1 after noting the fault."""
    if text is None:
        faults.append(f"{key} is missing; add a line {key}=...")
        return Fraction(1)
    try:
        value = Fraction(text.strip())
    except (ValueError, ZeroDivisionError):
        value = Fraction(0)
    if not 0 < value <= _LARGEST_FRAME:
        faults.append(f"{key} must be a positive number, not {text!r}")
        return Fraction(1)
    return value


def _lines(text: str) -> Iterable[tuple[int, str]]:
    return ((number, line) for number, line in enumerate(text.splitlines(), start=1) if line.strip())


def _row(line: str, place: str) -> tuple[float, ...]:
    cells = line.split(",")
    if len(cells) < 7:
        raise InputError(f"{place}: expected {_SHAPE}, found {len(cells)} columns in {line[:80]!r}; write at least 7, separated by commas")
    try:
        row = tuple(float(cell) for cell in cells[:7])
    except ValueError as fault:
        raise InputError(f"{place}: {fault}; {_SHAPE} must all be numbers") from None
    if not all(math.isfinite(value) for value in row):
        raise InputError(f"{place}: {_SHAPE} must be finite, found {line[:80]!r}; remove the row")
    frame, identity, width, height = row[0], row[1], row[4], row[5]
    if not (frame.is_integer() and 1 <= frame <= _LARGEST_FRAME):
        raise InputError(f"{place}: frame {cells[0].strip()} is no whole number from 1; frames count from 1")
    if not identity.is_integer():
        raise InputError(f"{place}: id {cells[1].strip()} is no whole number")
    if width <= 0 or height <= 0:
        raise InputError(f"{place}: the box is {width:g} x {height:g} pixels; columns 5 and 6 are width and height and must be positive")
    return row


def _collect(parsed: list[tuple[float, ...]]) -> MotRows:
    table = np.array(parsed, np.float64).reshape(-1, 7)
    boxes = np.concatenate([table[:, 2:4], table[:, 2:4] + table[:, 4:6]], axis=1)
    return MotRows(table[:, 0].astype(np.int64) - 1, table[:, 1].astype(np.int64), boxes, table[:, 6])
