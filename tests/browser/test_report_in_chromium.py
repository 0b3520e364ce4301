"""The report in a real browser: complete from disk, silent, usable by pointer and keyboard at any width."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from services.reporter.algorithms.report_inputs import ReportInputs
from services.reporter.algorithms.summaries import page_data, summarize
from services.reporter.handler import handle
from services.reporter.rendering.page import Pictures, render_page
from tests.browser.chromium import Chromium, find_chromium
from tests.fixtures.resolved_cast import make_resolved_cast
from tests.fixtures.synthetic_cast import make_cast, report_task

pytestmark = pytest.mark.slow

CONTRASTS = """
(() => {
  const number = (text) => text.match(/[\\d.]+/g).map(Number);
  const light = ([r, g, b]) => [r, g, b].map((c) => c / 255).map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4))
    .reduce((sum, c, i) => sum + c * [0.2126, 0.7152, 0.0722][i], 0);
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      const colour = number(getComputedStyle(at).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
  };
  const kinds = ".chip, .command code, .command span, .measures dt, .note, .alike, .who small, .panel figcaption, .words, small, button, a";
  return [...document.querySelectorAll(kinds)].filter((element) => element.checkVisibility() && !element.closest(".unseen, .skip"))
    .map((element) => [element.className || element.tagName, light(number(getComputedStyle(element).color)), light(ground(element))])
    .map(([name, one, other]) => [name, (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)])
    .filter(([, contrast]) => contrast < 4.5);
})()
"""

Report = Callable[[int], Path]


@pytest.fixture(scope="module")
def chromium(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chromium]:
    program = find_chromium()
    if program is None:
        pytest.skip("no Chromium on this machine")
    with Chromium(program, tmp_path_factory.mktemp("profile")) as browser:
        yield browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The page of a cast of that size, in a folder as a user has it."""
    made: dict[int, Path] = {}

    def make(person_count: int) -> Path:
        if person_count not in made:
            folder = tmp_path_factory.mktemp(f"report{person_count}")
            (folder / "webp").mkdir()
            task, objects = report_task(make_cast(person_count, crops_per_person=3, without_crops=frozenset({2})), warnings=("A warning.",))
            for output in handle(task, objects).outputs:
                (folder / output.name).write_bytes(output.data)
            made[person_count] = folder / "person_selection.html"
        return made[person_count]

    return make


@pytest.fixture(scope="module")
def resolved(tmp_path_factory: pytest.TempPathFactory) -> Report:
    """The page of a cast that was merged, named and partly ignored."""
    made: dict[int, Path] = {}

    def make(person_count: int) -> Path:
        if person_count not in made:
            folder = tmp_path_factory.mktemp(f"it's resolved {person_count}")
            (folder / "webp").mkdir()
            task, objects = report_task(make_resolved_cast(person_count, crops_per_person=2))
            for output in handle(task, objects).outputs:
                (folder / output.name).write_bytes(output.data)
            made[person_count] = folder / "person_selection.html"
        return made[person_count]

    return make


@pytest.mark.parametrize("person_count", [0, 1, 2, 3, 12, 60])
def test_it_opens_from_disk_without_a_complaint_or_a_request(chromium, report, person_count):
    chromium.open(report(person_count), 1400)
    assert chromium.evaluate("document.documentElement.dataset.ready") == "yes"
    assert chromium.complaints() == []
    assert [url.rsplit("/", 1)[1] for url in chromium.requested()] == ["person_selection.html"]


@pytest.mark.parametrize("width_px", [360, 390, 768, 1600])
@pytest.mark.parametrize("person_count", [0, 3, 60])
def test_it_fits_any_width(chromium, report, person_count, width_px):
    chromium.open(report(person_count), width_px)
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width_px


def test_dark_and_light_differ(chromium, report):
    grounds = []
    for dark in (False, True):
        chromium.open(report(3), 1000, dark=dark)
        grounds.append(chromium.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert grounds == ["rgb(246, 245, 241)", "rgb(19, 20, 22)"]


def test_pointing_at_a_cell_compares_two_persons(chromium, report):
    chromium.open(report(3), 1400)
    chromium.evaluate("document.getElementById('heat').scrollIntoView({behavior: 'instant', block: 'center'})")
    box = chromium.evaluate("(b => [b.left, b.top, b.width, b.height])(document.getElementById('heat').getBoundingClientRect())")
    chromium.point(box[0] + box[2] * 0.75, box[1] + box[3] * 0.25)
    assert chromium.evaluate("document.querySelector('#readout b').textContent").startswith("Person 1 & Person 3: ")
    assert chromium.evaluate("document.querySelectorAll('#readout img').length") == 2
    chromium.point(box[0] + box[2] * 0.25, box[1] + box[3] * 0.25)
    assert chromium.evaluate("document.querySelector('#readout p:last-child').textContent") == "A person is 100 % like itself."


def test_arrows_move_through_the_plot_and_speak(chromium, report):
    chromium.open(report(12), 1400)
    chromium.evaluate("document.getElementById('heat').focus()")
    before = chromium.evaluate("document.querySelector('#readout b').textContent")
    chromium.press("ArrowLeft")
    after = chromium.evaluate("document.querySelector('#readout b').textContent")
    assert after != before
    assert chromium.evaluate("document.getElementById('spoken').textContent").startswith(after)


def test_arrows_move_through_the_timeline_and_show_exact_times(chromium, report):
    chromium.open(report(12), 1400)
    assert chromium.evaluate("document.querySelectorAll('#chart [tabindex=\"0\"]').length") == 1
    chromium.evaluate("document.querySelector('#chart [tabindex=\"0\"]').focus()")
    chromium.press("ArrowDown")
    focused = chromium.evaluate("document.activeElement.dataset.tip")
    second = chromium.evaluate("document.querySelectorAll('#chart li')[1].querySelector('rect').dataset.tip")
    assert focused == second
    assert chromium.evaluate("document.getElementById('tip').textContent") == second
    assert not chromium.evaluate("document.getElementById('tip').hidden")


def test_shots_stand_above_the_rows(chromium, report):
    chromium.open(report(12), 1400)
    place = "document.querySelectorAll('.shots rect')[{}].getBoundingClientRect().{}"
    bars = "document.querySelectorAll('.shots rect')"
    assert chromium.evaluate(f"{bars}.length") == 3
    assert chromium.evaluate(place.format(0, "right")) == pytest.approx(chromium.evaluate(place.format(1, "left")), abs=1)
    assert chromium.evaluate(f"{bars}[1].dataset.tip").startswith("Shot 2: ")
    assert chromium.evaluate("getComputedStyle(document.querySelectorAll('.shots rect')[1]).opacity") == "0.22"


def test_rows_can_be_ordered_by_first_appearance(chromium, report):
    chromium.open(report(12), 1400)
    firsts = "[...document.querySelectorAll('#chart li')].map(row => Number(row.dataset.first))"
    ranks = "[...document.querySelectorAll('#chart li')].map(row => Number(row.dataset.rank))"
    assert chromium.evaluate(ranks) == list(range(1, 13))
    chromium.evaluate("document.querySelector('[data-order=first]').click()")
    assert chromium.evaluate(firsts) == sorted(chromium.evaluate(firsts))
    chromium.evaluate("document.querySelector('[data-order=rank]').click()")
    assert chromium.evaluate(ranks) == list(range(1, 13))


def test_pictures_can_be_paused_and_are_for_who_asks_for_calm(chromium, report):
    canvases = "document.querySelectorAll('.card canvas').length"
    chromium.open(report(3), 1400)
    assert chromium.evaluate(canvases) == 0
    chromium.evaluate("document.getElementById('motion').click()")
    assert chromium.evaluate(canvases) == 2
    chromium.evaluate("document.getElementById('motion').click()")
    assert chromium.evaluate(canvases) == 0
    chromium.open(report(3), 1400, calm=True)
    assert chromium.evaluate(canvases) == 2
    assert chromium.evaluate("document.getElementById('motion').textContent") == "Play pictures"


def test_pairs_show_the_pictures_of_the_cards(chromium, report):
    chromium.open(report(12), 1400)
    pictures = "Object.fromEntries([...document.querySelectorAll('[data-picture]')].map(i => [i.dataset.picture, i.src]))"
    again = "[...document.querySelectorAll('[data-again]')].map(i => [i.dataset.again, i.src])"
    sources = chromium.evaluate(pictures)
    repeated = chromium.evaluate(again)
    assert repeated
    assert all(source == sources[person_id] for person_id, source in repeated)


def test_linked_pictures_load_from_beside_the_page(chromium, report, tmp_path):
    """Once the budget for embedded ones is spent."""
    cast = make_cast(3)
    folder = report(3).parent
    view = summarize(_inputs(cast))
    linked = folder / "linked.html"
    linked.write_bytes(render_page(view, page_data(view), Pictures({}, linked=(1, 3))))
    chromium.open(linked, 1400)
    assert sorted(url.rsplit("/", 1)[1] for url in chromium.requested()) == ["linked.html", "person_001.webp", "person_003.webp"]
    assert chromium.evaluate("[...document.querySelectorAll('[data-picture]')].map(i => i.naturalWidth)") == [256, 256]
    assert chromium.complaints() == []


def test_a_hostile_name_is_only_text(chromium, tmp_path):
    name = "\"><img src=x onerror=\"document.title='pwned'\"><script>document.title='pwned'</script>.mp4"
    task, objects = report_task(make_cast(2, crops_per_person=1), file_name=name, warnings=(name,))
    page = tmp_path / "page.html"
    page.write_bytes(next(iter(handle(task, objects).outputs)).data)
    chromium.open(page, 1000)
    assert chromium.evaluate("document.querySelector('h1 bdi').textContent") == name
    assert "pwned'</script>" in chromium.evaluate("document.title")
    assert chromium.complaints() == []


def test_five_hundred_persons_are_usable(chromium, tmp_path):
    cast = make_cast(500, crops_per_person=1)
    view = summarize(_inputs(cast))
    page = tmp_path / "page.html"
    page.write_bytes(render_page(view, page_data(view), Pictures({})))
    chromium.open(page, 1400)
    assert chromium.evaluate("document.querySelectorAll('.card').length") == 500
    assert chromium.evaluate("performance.getEntriesByType('navigation')[0].loadEventEnd") < 20_000
    chromium.evaluate("document.getElementById('heat').focus()")
    assert chromium.evaluate("document.querySelector('#readout b').textContent").startswith("Person ")
    assert chromium.complaints() == []


@pytest.mark.parametrize(("person_count", "width_px"), [(1, 390), (12, 360), (12, 1400), (60, 768)])
def test_a_resolved_cast_fits_and_is_silent(chromium, resolved, person_count, width_px):
    chromium.open(resolved(person_count), width_px)
    assert chromium.evaluate("document.documentElement.dataset.ready") == "yes"
    assert chromium.evaluate("document.documentElement.scrollWidth") <= width_px
    assert chromium.complaints() == []
    assert [url.rsplit("/", 1)[1] for url in chromium.requested()] == ["person_selection.html"]
    assert "pwned" not in chromium.evaluate("document.title")


def test_commands_name_the_folder_of_the_page_and_can_be_copied(chromium, resolved):
    """What is copied is what the shell takes: the folder's name has spaces and a quote."""
    page = resolved(12)
    chromium.open(page, 1400)
    quoted = str(page.parent.resolve()).replace("'", "'\\''")
    code = "document.querySelector('.command code').textContent"
    assert chromium.evaluate(code) == f"castlist split '{quoted}' 1"
    chromium.evaluate("(p => { p.value = 'job-7'; p.dispatchEvent(new Event('input')); })(document.getElementById('place'))")
    assert chromium.evaluate(code) == "castlist split job-7 1"
    chromium.evaluate("document.querySelector('[data-copy]').click()")
    told = chromium.evaluate("new Promise(done => setTimeout(() => done(document.getElementById('spoken').textContent), 300))")
    assert told in ("Copied", "Selected, copy it with the keyboard")
    chromium.evaluate("(p => { p.value = ' '; p.dispatchEvent(new Event('input')); })(document.getElementById('place'))")
    assert chromium.evaluate(code) == "castlist split FOLDER 1"


def test_a_link_to_an_ignored_person_unfolds_it(chromium, resolved):
    chromium.open(resolved(12), 1400)
    assert not chromium.evaluate("document.getElementById('ignored').open")
    chromium.evaluate("location.hash = 'person-11'")
    assert chromium.evaluate("new Promise(done => setTimeout(() => done(document.getElementById('ignored').open), 200))")


def test_filled_spans_are_hatched_and_not_a_stop_for_the_arrows(chromium, resolved):
    chromium.open(resolved(12), 1400)
    assert chromium.evaluate("getComputedStyle(document.querySelector('#chart rect.filled')).fill") == 'url("#hatch")'
    assert chromium.evaluate("document.querySelectorAll('#chart rect.filled[tabindex]').length") == 0
    tip = chromium.evaluate("document.querySelector('#chart li rect').dataset.tip")
    assert tip.endswith("10 of them filled in")


@pytest.mark.parametrize("dark", [False, True])
def test_words_can_be_read_in_both_schemes(chromium, resolved, dark):
    """Contrast of at least 4.5 (WCAG 2.2, 1.4.3) wherever new kinds of text stand."""
    chromium.open(resolved(12), 1400, dark=dark)
    faint = chromium.evaluate(CONTRASTS)
    assert faint == []


def _inputs(cast) -> ReportInputs:
    return ReportInputs(
        file_name="campus.mp4",
        video=cast.video,
        detector=cast.detector,
        embedder=cast.embedder,
        persons=cast.persons,
        appearances=cast.appearances,
        ranking=cast.ranking,
        similarity=cast.similarity,
        before=cast.before,
        cast=cast.cast,
        plan=cast.plan,
        calibration=cast.calibration,
        identities=cast.identities,
        splits=cast.splits,
        metrics=cast.metrics,
        shots=cast.shots,
        crop_notes={},
        parameters=cast.parameters,
        warnings=(),
        version="0.1.0",
    )
