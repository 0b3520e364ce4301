import json
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from services.reporter.algorithms.summaries import page_data, summarize
from services.reporter.algorithms.wording import printable_name
from services.reporter.handler import handle
from services.reporter.rendering.page import Pictures, picture_name, picture_sources, render_page, within_budget
from tests.fixtures.resolved_cast import HOSTILE, make_resolved_cast
from tests.fixtures.synthetic_cast import make_cast, report_task

EVIL = "\"><img src=x onerror=alert(1)></script><script>alert(2)</script>'&.mp4"
PICTURES = {1: b"webp one", 3: b"webp three"}


class Reader(HTMLParser):
    """Elements with their attributes, and text by element."""

    def __init__(self, html: bytes) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, str]] = []
        self.feed(html.decode())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data):
        if data.strip():
            self.texts.append((self.elements[-1][0] if self.elements else "", data.strip()))

    def every(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def text(self) -> str:
        return " ".join(text for tag, text in self.texts if tag not in ("script", "style"))


def page_of(inputs, pictures=PICTURES) -> bytes:
    view = summarize(inputs)
    return render_page(view, page_data(view), Pictures(pictures))


@pytest.fixture(scope="module")
def page(inputs) -> Reader:
    return Reader(page_of(inputs))


def test_cards_in_order_of_rank(page, inputs):
    cards = [item["id"] for item in page.every("li") if "id" in item]
    assert cards == [f"person-{entry['person_id']}" for entry in inputs.ranking["rankings"]]


def test_health_says_what_was_counted_wanted_and_found(page, inputs):
    text = page.text()
    assert "All that is watched lies within its bounds." in text
    assert "Tracks for each minute of video tracks_per_minute 2.0 < 50 pass" in text
    assert "short_track_fraction 0.200 < 0.3 too little to judge" in text
    assert "#health" in [link["href"] for link in page.every("a")]
    assert "Health" not in Reader(page_of(replace(inputs, metrics=None))).text()


def test_a_person_without_a_picture_has_a_card_all_the_same(page):
    assert [image["data-picture"] for image in page.every("img") if "data-picture" in image] == ["1", "3"]
    assert "No usable picture" in page.text()
    assert {"person-1", "person-2", "person-3"} <= {item.get("id") for item in page.every("li")}


def test_warnings_are_in_plain_sight(page):
    text = page.text()
    assert "No OSNet weights were found." in text
    assert text.index("12 frames could not be decoded.") < text.index("The cast")


def test_a_recommendation_shows_both_pictures_and_says_how_alike(page):
    assert "Person 1 & Person 3 : 83 % similar" in page.text()
    assert [image["data-again"] for image in page.every("img") if "data-again" in image] == ["1", "3"]


def test_pictures_beyond_the_budget_are_linked():
    embedded, rest = within_budget(iter([(7, b"x" * 60), (2, b"y" * 50), (12, b"z")]), budget_bytes=100)
    assert (embedded, list(rest)) == ({7: b"x" * 60}, [(2, b"y" * 50), (12, b"z")])
    assert picture_sources(embedded, [2, 12]) == {
        7: f"data:image/webp;base64,{'eHh4' * 20}",
        2: "webp/person_002.webp",
        12: "webp/person_012.webp",
    }
    assert picture_name(1234) == "webp/person_1234.webp"


def test_nothing_comes_from_a_network(inputs):
    html = page_of(inputs).decode()
    assert not re.search(r"https?:|//[a-z]|@import|url\((?!#)", html)
    links = [value for _, attributes in Reader(html.encode()).elements for name, value in attributes.items() if name in ("src", "href")]
    assert all(re.match(r"data:image/|webp/|#|[a-z_]+(\.mot)?\.(json|npy|npz|csv|txt)$", value) for value in links)


def test_the_policy_admits_our_style_and_script_only(page):
    [policy] = [meta["content"] for meta in page.every("meta") if meta.get("http-equiv") == "Content-Security-Policy"]
    assert re.fullmatch(
        r"default-src 'none'; style-src 'sha256-[\w+/]{43}='; script-src 'sha256-[\w+/]{43}='; "
        r"img-src 'self' file: data:; base-uri 'none'; form-action 'none'",
        policy,
    )
    assert not [name for _, attributes in page.elements for name in attributes if name == "style" or name.startswith("on")]


def test_hostile_names_stay_text(inputs):
    reader = Reader(page_of(replace(inputs, file_name=printable_name(EVIL), warnings=(EVIL,), video=replace(inputs.video, codec=EVIL))))
    assert not [attributes for attributes in reader.every("img") if "onerror" in attributes or attributes.get("src") == "x"]
    assert len(reader.every("script")) == 2
    assert ("bdi", EVIL) in reader.texts


def test_data_can_not_end_its_script(inputs):
    hostile = {"x": "</script><!--<script>"}
    html = render_page(summarize(inputs), hostile, Pictures({})).decode()
    [text] = re.findall(r'<script type="application/json" id="castlist-data">(.*?)</script>', html, re.DOTALL)
    assert "<" not in text
    assert json.loads(text) == hostile


def test_nobody_found_says_what_may_help(inputs):
    nobody = make_cast(0)
    empty = replace(
        inputs,
        persons=(),
        before=(),
        cast=nobody.cast,
        appearances=nobody.appearances,
        ranking=nobody.ranking,
        similarity=nobody.similarity,
    )
    text = Reader(page_of(empty)).text()
    assert "Nobody was found" in text
    assert "--set plan.detector=yolox_nano" in text
    assert "run.json" in text


def test_one_person_is_not_compared(inputs):
    one = make_cast(1)
    alone = replace(
        inputs,
        persons=one.persons,
        before=one.before,
        cast=one.cast,
        appearances=one.appearances,
        ranking=one.ranking,
        similarity=one.similarity,
    )
    text = Reader(page_of(alone)).text()
    assert "There is nothing to compare" in text
    assert "None: no two persons" in text


def test_too_many_persons_to_draw_are_said(inputs):
    text = Reader(page_of(replace(inputs, similarity={**inputs.similarity, "similarity_matrix": None}))).text()
    assert "persons are too many to draw." in text
    assert "There is nothing to compare" not in text


def test_the_same_inputs_give_the_same_bytes(inputs):
    assert page_of(inputs) == page_of(inputs)


def test_the_pictures_of_the_first_cards_load_at_once(inputs):
    many = make_cast(14, crops_per_person=1)
    view = replace(
        inputs,
        persons=many.persons,
        before=many.before,
        cast=many.cast,
        appearances=many.appearances,
        ranking=many.ranking,
        similarity=many.similarity,
    )
    images = [image for image in Reader(page_of(view, dict.fromkeys(range(1, 15), b"x"))).every("img") if "data-picture" in image]
    assert ["loading" in image for image in images] == [False] * 12 + [True] * 2


@pytest.fixture(scope="module")
def resolved() -> tuple[str, Reader]:
    """The page of twelve persons, some merged, one ignored, one with a hostile name."""
    task, objects = report_task(make_resolved_cast(12))
    page = next(iter(handle(task, objects).outputs)).data
    return page.decode(), Reader(page)


def test_steps_of_the_plan_show_both_sides_and_what_to_type(resolved):
    _, reader = resolved
    text = reader.text()
    assert "3 steps: 2 merged automatically, 1 kept apart by you." in text
    assert re.search(r"castlist split FOLDER 1 .*castlist split FOLDER 2 .*castlist merge FOLDER 6 12", text)
    stills = [image for image in reader.every("img") if image["width"] == "192"]
    assert [image["alt"] for image in stills] == ["Person 1", "Person 3", "Person 2", "Person 5"]


def test_a_name_is_text_wherever_it_stands(resolved):
    html, reader = resolved
    assert ("bdi", HOSTILE) in reader.texts
    assert html.count("<img src=x") == 0
    assert not [image for image in reader.every("img") if "onerror" in image]
    assert "Person 12" in reader.text()


def test_ignored_persons_are_folded_away_and_counted_apart(resolved):
    html, reader = resolved
    assert "and 1 ignored" in re.sub("<[^>]+>", "", html)
    ids = [item["id"] for item in reader.every("li") if "id" in item]
    assert (len(ids), ids[-1]) == (10, "person-11")
    assert html.index('id="ignored"') < html.index('id="person-11"')
    [data] = re.findall(r'id="castlist-data">(.*?)</script>', html, re.DOTALL)
    assert 11 not in json.loads(data)["similarity"]["ids"]


def test_what_a_person_is_made_of_and_how_it_holds_together(resolved):
    text = resolved[1].text()
    assert "Made of persons 1 and 3 as they were before merging." in text
    assert "pictures are good, 6 compared; the others are blurred (2)." in text
    assert "look less alike than one human being's should" in text


def test_the_threshold_is_drawn_and_written(resolved):
    html, reader = resolved
    text = reader.text()
    assert "no more than 1 in 100 pairs of two people would be merged" in text
    assert "Both as a table" in text
    assert "The looks change where another person crosses." in text
    assert html.count('class="limit" x1=') == 2


def test_filled_frames_are_told_from_seen_ones(resolved):
    html, reader = resolved
    assert html.count('id="hatch"') == 1
    assert "Hatched: not seen for some frames" in reader.text()
    assert "Filled in" in [text for tag, text in reader.texts if tag == "th"]


@pytest.mark.parametrize("person_count", [1, 2, 5])
def test_few_persons_can_be_resolved_too(person_count):
    task, objects = report_task(make_resolved_cast(person_count))
    assert b"The merge plan" in next(iter(handle(task, objects).outputs)).data


def test_an_undone_edit_leaves_no_trace(inputs):
    """The page is made of the cast alone: numbers that were once given to new persons do not show."""
    assert page_of(inputs) == page_of(replace(inputs, cast=replace(inputs.cast, highest_number=99)))
