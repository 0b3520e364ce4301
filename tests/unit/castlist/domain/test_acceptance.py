"""Bounds, and the verdicts that they give."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from castlist.domain.acceptance import Bound, Criterion, Judgement, Verdict, judge, overall

RATE = Criterion("rate", Bound(below=50), "Look there.", Bound(below=100), {"seconds": 10})
SHARE = Criterion("share", Bound(at_least=0.2, at_most=0.5), "Look here.")


@pytest.mark.parametrize(
    ("bound", "text", "inside", "outside"),
    [
        (Bound(below=50), "< 50", (0, 49.999999), (50, 51)),
        (Bound(at_most=0.1), "<= 0.1", (0, 0.1), (0.100001,)),
        (Bound(at_least=0.2, at_most=0.5), "0.2 to 0.5", (0.2, 0.5), (0.199999, 0.500001)),
        (Bound(at_least=3, below=50), ">= 3 and < 50", (3, 49), (2, 50)),
    ],
)
def test_what_a_bound_says_and_holds(bound: Bound, text: str, inside: tuple[float, ...], outside: tuple[float, ...]) -> None:
    assert str(bound) == text
    assert [bound.holds(value) for value in (*inside, *outside)] == [True] * len(inside) + [False] * len(outside)


@pytest.mark.parametrize(
    ("rate", "verdict", "bound", "remedy"),
    [
        (49.9, Verdict.PASS, "< 50", ""),
        (50, Verdict.WARN, "< 50", "Look there."),
        (99.9, Verdict.WARN, "< 50", "Look there."),
        (100, Verdict.FAIL, "< 100", "Look there."),
    ],
)
def test_the_bound_that_decided_stands_beside_the_verdict(rate: float, verdict: Verdict, bound: str, remedy: str) -> None:
    assert judge([RATE], {"rate": rate, "seconds": 10}) == (Judgement("rate", rate, verdict, "< 50", bound, remedy),)


def test_too_little_is_not_judged() -> None:
    (found,) = judge([RATE], {"rate": 1000, "seconds": 9.9})
    assert (found.verdict, found.bound, found.remedy) == (Verdict.NOT_JUDGED, "< 50", "")


def test_without_a_second_bound_nothing_fails() -> None:
    assert [judge([SHARE], {"share": value})[0].verdict for value in (0.1, 0.3, 1.0)] == [Verdict.WARN, Verdict.PASS, Verdict.WARN]


def test_a_figure_that_is_missing_is_an_error() -> None:
    with pytest.raises(KeyError):
        judge([SHARE], {"rate": 1})


def test_the_worst_verdict_is_that_of_all() -> None:
    pairs = [judge([RATE, SHARE], {"rate": rate, "seconds": 60, "share": share}) for rate, share in ((1, 0.3), (1, 0.9), (100, 0.9))]
    assert [overall(pair) for pair in pairs] == [Verdict.PASS, Verdict.WARN, Verdict.FAIL]
    assert overall(judge([RATE], {"rate": 1, "seconds": 0})) is Verdict.NOT_JUDGED
    assert overall(judge([RATE, SHARE], {"rate": 1, "seconds": 0, "share": 0.3})) is Verdict.PASS
    assert overall(()) is Verdict.NOT_JUDGED


@given(st.floats(0, 200), st.floats(0, 200))
def test_a_higher_rate_is_never_better(low: float, high: float) -> None:
    order = list(Verdict)
    first, second = (judge([RATE], {"rate": rate, "seconds": 60})[0].verdict for rate in sorted((low, high)))
    assert order.index(first) <= order.index(second)
