import math

from services.reporter.algorithms.heat_view import heat_view

SIMILARITY = {
    "person_ids": [1, 2, 4],
    "similarity_matrix": [[1.0, 0.8, 0.31], [0.8, 1.0, 0.6], [0.31, 0.6, 1.0]],
    "threshold": 0.7,
}


def test_rows_follow_the_ranking():
    view = heat_view(SIMILARITY, [4, 3, 1, 2], [])
    assert view.person_ids == (4, 1, 2)
    assert view.permille == (310, 600, 800)  # 4-1, 4-2, 1-2
    assert [cell.text for cell in view.cells] == ["31", "60", "31", "80", "60", "80"]


def test_persons_without_an_embedding_are_named():
    assert heat_view(SIMILARITY, [4, 3, 1, 2], []).missing == (3,)


def test_the_diagonal_is_clear_and_the_rest_is_not():
    alpha = heat_view(SIMILARITY, [1, 2, 4], []).colours[..., 3]
    assert alpha.tolist() == [[0, 255, 255], [255, 0, 255], [255, 255, 0]]


def test_vetoed_pairs_are_crossed_on_both_sides():
    view = heat_view(SIMILARITY, [1, 2, 4], [(1, 2)])
    assert [(mark.x, mark.y) for mark in view.together] == [("33.3333%", "0.0000%"), ("0.0000%", "33.3333%")]


def test_what_has_no_similarity_is_unknown():
    document = {"person_ids": [1, 2], "similarity_matrix": [[1.0, None], [None, 1.0]], "threshold": 0.7}
    view = heat_view(document, [1, 2], [])
    assert view.permille == (None,)
    assert [cell.text for cell in view.cells] == ["?", "?"]


def test_nearly_equal_looks_are_not_called_equal():
    document = {"person_ids": [1, 2], "similarity_matrix": [[1.0, 0.998], [0.998, 1.0]], "threshold": 0.7}
    assert [cell.text for cell in heat_view(document, [1, 2], []).cells] == ["99", "99"]


def test_nobody_gives_an_empty_view():
    view = heat_view({"person_ids": [], "similarity_matrix": [], "threshold": 0.7}, [], [])
    assert (view.person_ids, view.permille, view.cells, view.colours.shape) == ((), (), (), (0, 0, 4))


def test_many_persons_get_colours_only():
    count = 200
    matrix = [[1.0 if row == column else 0.5 for column in range(count)] for row in range(count)]
    view = heat_view(
        {"person_ids": list(range(1, count + 1)), "similarity_matrix": matrix, "threshold": 0.7}, range(1, count + 1), [(1, 2)]
    )
    assert (view.grid, view.cells, view.together, view.size_class) == ((), (), (), "many")
    assert len(view.permille) == math.comb(count, 2)


def test_too_many_to_draw_are_counted():
    view = heat_view({"person_ids": [1, 2, 3], "similarity_matrix": None, "threshold": 0.7}, [1, 2, 3, 4], [(1, 2)])
    assert (view.person_ids, view.missing, view.permille, view.undrawn) == ((), (), (), 3)
