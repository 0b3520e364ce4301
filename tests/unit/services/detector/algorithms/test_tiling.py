import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.detector.algorithms.tiling import MOST_TILES, cut_out, in_picture, tile_grid, views_of

sides_px = st.integers(1, 5000)


def test_the_example_video_gets_three_by_two_tiles() -> None:
    assert tile_grid(768, 576, 330).tolist() == [
        [0, 0, 308, 330],
        [230, 0, 538, 330],
        [460, 0, 768, 330],
        [0, 246, 308, 576],
        [230, 246, 538, 576],
        [460, 246, 768, 576],
    ]


def test_a_portrait_video_gets_two_by_three() -> None:
    tiles = tile_grid(576, 768, 330)
    assert (len(np.unique(tiles[:, 0])), len(np.unique(tiles[:, 1]))) == (2, 3)


def test_a_small_frame_is_one_tile() -> None:
    assert tile_grid(320, 240, 330).tolist() == [[0, 0, 320, 240]]


def test_zero_asks_for_the_whole_frame() -> None:
    assert tile_grid(3840, 2160, 0).tolist() == [[0, 0, 3840, 2160]]


def test_a_large_frame_gets_the_grid_with_the_shortest_long_side() -> None:
    tiles = tile_grid(1920, 1080, 330)
    assert len(tiles) == 6
    assert tiles[0].tolist() == [0, 0, 768, 618]


@given(sides_px, sides_px, st.integers(1, 2000))
def test_tiles_cover_the_frame_are_few_and_of_one_size(width_px: int, height_px: int, longest_px: int) -> None:
    tiles = tile_grid(width_px, height_px, longest_px)
    assert 1 <= len(tiles) <= MOST_TILES
    assert len(np.unique(tiles[:, 2:] - tiles[:, :2], axis=0)) == 1
    assert (tiles.min(axis=0)[:2] == 0).all()
    assert tiles.max(axis=0)[2:].tolist() == [width_px, height_px]


@given(st.integers(40, 5000), st.integers(40, 5000), st.integers(40, 2000))
def test_neighbours_share_a_quarter(width_px: int, height_px: int, longest_px: int) -> None:
    tiles = tile_grid(width_px, height_px, longest_px)
    for low, high in ((0, 2), (1, 3)):
        starts, ends = np.unique(tiles[:, low]), np.unique(tiles[:, high])
        side_px = ends[0] - starts[0]
        assert (ends[:-1] - starts[1:] >= side_px / 4 - 1).all()


def test_the_whole_frame_is_looked_at_beside_its_tiles() -> None:
    assert views_of(768, 576, 330).tolist() == [*tile_grid(768, 576, 330).tolist(), [0, 0, 768, 576]]
    assert views_of(320, 240, 330).tolist() == [[0, 0, 320, 240]]
    assert views_of(768, 576, 0).tolist() == [[0, 0, 768, 576]]


def test_boxes_of_a_tile_are_moved_into_the_frame() -> None:
    picture = np.zeros((576, 768, 3), np.uint8)
    picture[300, 500] = 255

    def brightest(tile: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        rows, columns = np.nonzero(tile[..., 0])
        boxes = np.stack([columns, rows, columns + 1, rows + 1], axis=1).astype(np.float32)
        return boxes, np.full(len(boxes), 0.5, np.float32)

    tiles = tile_grid(768, 576, 330)
    boxes, confidences, view_of = in_picture([brightest(tile) for tile in cut_out(picture, tiles)], tiles)
    assert boxes.tolist() == [[500, 300, 501, 301]] * 4
    assert boxes.dtype == np.float32
    assert confidences.tolist() == [0.5] * 4
    assert view_of.tolist() == [1, 2, 4, 5]


def test_nothing_found_is_empty() -> None:
    nothing = np.zeros((0, 4), np.float32), np.zeros(0, np.float32)
    boxes, confidences, view_of = in_picture([nothing], tile_grid(60, 50, 330))
    assert (boxes.shape, confidences.shape, view_of.shape) == ((0, 4), (0,), (0,))


def test_tiles_as_wished() -> None:
    assert views_of(768, 576, 330, "off").tolist() == [[0, 0, 768, 576]]
    assert views_of(768, 576, 0, "2").tolist() == [[0, 0, 439, 576], [329, 0, 768, 576], [0, 0, 768, 576]]
    assert len(views_of(768, 576, 0, "4")) == 5
    assert len(views_of(768, 576, 330, "4")) == 7, "no fewer than the network needs"
    assert len(views_of(768, 576, 0, "6")) == 7
    assert views_of(768, 576, 330, "auto").tolist() == views_of(768, 576, 330).tolist()
