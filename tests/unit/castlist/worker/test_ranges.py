"""Neighbours are read together, and every part is in one span."""

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from castlist.ports import ObjectPart
from castlist.worker.ranges import GAP_BYTES, READ_BYTES, spans_of

FAR = GAP_BYTES + 1


def part(start: int, length: int) -> ObjectPart:
    return ObjectPart(start, length, hashlib.sha256(b"").digest())


def spans(*places: tuple[int, int]) -> list[tuple[int, int, tuple[int, ...]]]:
    return [(span.start, span.end, span.parts) for span in spans_of([part(*place) for place in places])]


def test_neighbours_are_read_together() -> None:
    assert spans((0, 10), (10, 5), (15 + GAP_BYTES, 5)) == [(0, 20 + GAP_BYTES, (0, 1, 2))]
    assert spans((15 + FAR, 5), (0, 10), (10, 5)) == [(0, 15, (1, 2)), (15 + FAR, 20 + FAR, (0,))]
    assert spans((2, 3), (0, 10), (0, 10)) == [(0, 10, (1, 2, 0))]
    assert spans() == []


def test_no_read_is_larger_than_wanted_but_for_a_large_part() -> None:
    half = READ_BYTES // 2
    assert spans((0, half), (half, half), (2 * half, half)) == [(0, 2 * half, (0, 1)), (2 * half, 3 * half, (2,))]
    assert spans((0, 3 * half), (3 * half, 1)) == [(0, 3 * half, (0,)), (3 * half, 3 * half + 1, (1,))]


@given(st.lists(st.tuples(st.integers(0, 1 << 26), st.integers(1, 1 << 21)), max_size=40))
def test_every_part_lies_in_one_span(places: list[tuple[int, int]]) -> None:
    found = spans(*places)
    assert sorted(number for _, _, parts in found for number in parts) == list(range(len(places)))
    for start, end, parts in found:
        assert start == min(places[number][0] for number in parts)
        assert end == max(sum(places[number]) for number in parts)
        assert end - start <= max(READ_BYTES, *(places[number][1] for number in parts))
