import pytest

from castlist.traces import UNTRACED, context_in, context_of_job, trace_fields

CONTEXT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def test_only_the_context_is_taken_from_headers() -> None:
    assert context_in({"traceparent": CONTEXT, "baggage": "x" * 5000}) == {"traceparent": CONTEXT}


@pytest.mark.parametrize("text", ["", "nonsense", CONTEXT[:-1], CONTEXT.upper(), CONTEXT + "\n", "0" * 100_000])
def test_what_is_no_context_is_not_passed_on(text: str) -> None:
    assert context_in({"traceparent": text}) == {}


def test_a_job_without_a_trace_gets_one_of_its_own() -> None:
    assert context_of_job("a", {"traceparent": CONTEXT}) == {"traceparent": CONTEXT}
    made = context_of_job("a", {})
    assert context_in(made) == made == context_of_job("a", {"traceparent": "?"})
    assert made != context_of_job("b", {})


def test_a_line_names_its_trace() -> None:
    assert trace_fields({"traceparent": CONTEXT}) == {"trace_id": "0af7651916cd43dd8448eb211c80319c"}
    assert trace_fields({}) == {}


def test_without_tracing_nothing_travels() -> None:
    with UNTRACED.span("process", {}, {"traceparent": CONTEXT}):
        assert UNTRACED.headers() == {}
