"""Parts of an object in few requests: neighbours are read together, and the little between them is thrown away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from castlist.ports import ObjectPart

GAP_BYTES = 16 << 10
"""As much is read between two parts rather than asked for twice: no store answers a request in the time that this takes."""

READ_BYTES = 8 << 20
"""One request asks for no more, unless a part is longer: bounds memory."""


@dataclass(frozen=True, slots=True)
class Span:
    """Bytes of an object that are read in one request, and which parts, by place in the list, lie in them."""

    start: int
    end: int
    parts: tuple[int, ...]


def spans_of(parts: Sequence[ObjectPart]) -> Iterator[Span]:
    """Every part in one span, by place in the object."""
    start, end, members = 0, 0, list[int]()
    for number in sorted(range(len(parts)), key=lambda number: (parts[number].start, parts[number].length)):
        part_end = parts[number].start + parts[number].length
        if members and (parts[number].start > end + GAP_BYTES or part_end > max(end, start + READ_BYTES)):
            yield Span(start, end, tuple(members))
            members = []
        start, end = (start, max(end, part_end)) if members else (parts[number].start, part_end)
        members.append(number)
    if members:
        yield Span(start, end, tuple(members))
