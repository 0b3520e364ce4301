from services.reporter.algorithms import shots
from services.reporter.algorithms.shots import ShotsView, shots_view
from services.reporter.algorithms.timelines import Bar
from tests.fixtures.synthetic_cast import make_shots


def test_each_shot_has_a_bar_and_says_how_it_begins():
    view = shots_view(make_shots(600), 60.0)
    assert view.count == 3
    assert view.bars == (
        Bar("0.000%", "33.333%", "Shot 1: 0:00.0 to 0:20.0, 20.0 s, frames 0 to 199."),
        Bar("33.333%", "16.667%", "Shot 2: 0:20.0 to 0:30.0, 10.0 s, frames 200 to 299. It begins with a cut at 0:20.0."),
        Bar("50.000%", "50.000%", "Shot 3: 0:30.0 to 1:00.0, 30.0 s, frames 300 to 599. It dissolves out of the one before at 0:30.0."),
    )


def test_one_shot_is_not_drawn():
    assert shots_view(None, 60.0) == ShotsView(0, ())
    assert shots_view({"shots": make_shots(600)["shots"][:1]}, 20.0) == ShotsView(1, ())


def test_too_many_shots_are_counted_alone(monkeypatch):
    monkeypatch.setattr(shots, "SHOTS_DRAWN_MOST", 2)
    assert shots_view(make_shots(600), 60.0) == ShotsView(3, ())
