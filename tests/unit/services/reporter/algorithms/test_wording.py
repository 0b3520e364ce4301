import pytest

from services.reporter.algorithms.wording import chance_text, listed, persons_text, sentence


@pytest.mark.parametrize(
    ("words", "text"),
    [([], ""), ([3], "3"), ([3, 7], "3 and 7"), ([3, 7, 12], "3, 7 and 12"), (list(range(1, 12)), "1, 2, 3, 4, 5, 6, 7, 8 and 3 more")],
)
def test_lists_read_as_sentences(words, text):
    assert listed(words) == text


def test_persons_are_named_by_number_in_order():
    assert (persons_text([7]), persons_text([7, 3])) == ("Person 7", "Persons 3 and 7")


def test_small_shares_are_chances():
    assert [chance_text(share) for share in (0.01, 0.005, 0.3, 0.0)] == ["1 in 100", "1 in 200", "1 in 3", "none at all"]


def test_phrases_become_sentences():
    assert [sentence(text) for text in ("alike", "Done.", "")] == ["Alike.", "Done.", ""]
