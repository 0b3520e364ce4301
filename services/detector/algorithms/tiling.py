"""Tiles: parts of a frame in which people are large enough for a network that shrinks what it is given.

A tile is a row (x1, y1, x2, y2) of whole pixels in the frame. People too large for a tile are seen in the
whole frame, which is looked at beside the tiles.
"""

import math
from collections.abc import Sequence
from itertools import product

import numpy as np
from numpy.typing import NDArray

from castlist.domain.records import Float32, Int64

MOST_TILES = 6
AUTO, OFF = "auto", "off"
_OVERLAP = 0.25  # of a tile's side


def tile_grid(width_px: int, height_px: int, longest_side_px: int, most: int = MOST_TILES) -> Int64:
    """Tiles `(T, 4)` of one size that cover the frame, row by row; neighbours share at least a quarter of their side.

    The smallest grid without a side longer than `longest_side_px`; 0 asks for the whole frame. Where
    that takes more than `most`, the grid of at most so many whose longest side is shortest.
    """
    if not longest_side_px:
        return np.array([[0, 0, width_px, height_px]], np.int64)

    def cost(grid: tuple[int, int]) -> tuple[int, int]:
        side_px = max(_tile_side(width_px, grid[0]), _tile_side(height_px, grid[1]))
        return max(side_px, longest_side_px), grid[0] * grid[1]

    counts = range(1, most + 1)
    columns, rows = min((grid for grid in product(counts, counts) if grid[0] * grid[1] <= most), key=cost)
    tile_width, tile_height = _tile_side(width_px, columns), _tile_side(height_px, rows)
    corners = product(_starts(height_px, tile_height, rows), _starts(width_px, tile_width, columns))
    return np.array([[x, y, x + tile_width, y + tile_height] for y, x in corners], np.int64)


def views_of(width_px: int, height_px: int, longest_side_px: int, wish: str = AUTO) -> Int64:
    """What a network is shown of a frame, `(V, 4)`: the tiles of `tile_grid` and, where these are several, the whole frame.

    `longest_side_px` is what the network needs; the wish is the parameter `detect.tiles`.
    """
    tiles = tile_grid(width_px, height_px, 0 if wish == OFF else longest_side_px)
    if wish not in (AUTO, OFF):
        wished = tile_grid(width_px, height_px, 1, int(wish))
        tiles = wished if len(wished) > len(tiles) else tiles
    whole = tile_grid(width_px, height_px, 0)
    return np.concatenate([tiles, whole]) if len(tiles) > 1 else tiles


def cut_out(picture: NDArray[np.uint8], views: Int64) -> list[NDArray[np.uint8]]:
    """What each view shows of a picture."""
    return [picture[y1:y2, x1:x2] for x1, y1, x2, y2 in views.tolist()]


def in_picture(found: Sequence[tuple[Float32, Float32]], views: Int64) -> tuple[Float32, Float32, Int64]:
    """Boxes and confidences found in each view: boxes `(N, 4)` in pixels of the picture, confidences `(N,)`, rows in `views` `(N,)`."""
    view_of = np.repeat(np.arange(len(views)), [len(boxes) for boxes, _ in found])
    boxes = np.concatenate([boxes for boxes, _ in found]) + views[view_of][:, [0, 1, 0, 1]].astype(np.float32)
    return boxes, np.concatenate([confidences for _, confidences in found]), view_of


def _tile_side(length_px: int, count: int) -> int:
    """Side of `count` equal tiles over a length, so that neighbours share a quarter."""
    return math.ceil(length_px / (count - _OVERLAP * (count - 1)))


def _starts(length_px: int, side_px: int, count: int) -> list[int]:
    return [(length_px - side_px) * index // max(count - 1, 1) for index in range(count)]
