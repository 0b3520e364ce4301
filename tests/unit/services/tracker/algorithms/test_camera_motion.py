"""Motion of views that were shifted, zoomed and turned by known amounts, in pixels of a frame of ten times the thumbnail's size."""

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter, map_coordinates

from castlist.domain.records import SegmentDetections
from castlist.domain.shots import Thumbnails
from services.tracker.algorithms.camera_motion import NO_MOTION, CameraWatch, camera_motion
from services.tracker.algorithms.shot_steps import Action, ShotStep
from tests.fixtures.views import HEIGHT_PX, WIDTH_PX

FRAME_PX = (640, 360)
NOBODY = np.zeros((0, 4), np.float32)
CORNERS = np.array([[0, 0], [640, 0], [0, 360], [640, 360]], np.float64)


def scene(places):
    """Brightness of a large scene at places (x, y) in pixels of the frame."""
    ground = gaussian_filter(np.random.default_rng(4).normal(size=(120, 200)), 1.5, mode="wrap")
    return 128 + 40 / ground.std() * map_coordinates(ground, [places[1] / 10 + 40, places[0] / 10 + 60], order=3, mode="wrap")


def filmed(turn=1 + 0j, shift=0j):
    """The thumbnail in which what was at z is at `turn * z + shift`."""
    rows, columns = np.mgrid[0:HEIGHT_PX, 0:WIDTH_PX]
    places = ((columns + 0.5) * 10 + 1j * (rows + 0.5) * 10 - shift) / turn
    return np.clip(scene((places.real, places.imag)), 0, 255).round().astype(np.uint8)


def moved(places, motion):
    cosine, sine, right, down = motion
    return places @ np.array([[cosine, sine], [-sine, cosine]]) + [right, down]


@pytest.mark.parametrize(
    ("turn", "shift"),
    [(1, 7 + 0j), (1, -3 + 5j), (1, 90 - 40j), (1.02, -6 - 4j), (0.98, 0j), (np.exp(0.02j), 4 + 2j), (1.01 * np.exp(-0.01j), 30 + 12j)],
)
def test_shift_zoom_and_turn_are_told(turn, shift):
    found = camera_motion(filmed(), filmed(turn, shift), NOBODY, FRAME_PX)
    true = (turn.real, turn.imag if isinstance(turn, complex) else 0.0, shift.real, shift.imag)
    assert np.abs(moved(CORNERS, found) - moved(CORNERS, true)).max() < 1.5


def test_a_camera_that_stands_has_no_motion():
    noise = np.random.default_rng(0).integers(-1, 2, (HEIGHT_PX, WIDTH_PX))
    assert camera_motion(filmed(), (filmed() + noise).astype(np.uint8), NOBODY, FRAME_PX) is NO_MOTION
    assert camera_motion(filmed(), (filmed() * 0.8).astype(np.uint8), NOBODY, FRAME_PX).tolist() == pytest.approx([1, 0, 0, 0], abs=1.0)


def test_who_walks_is_no_motion_of_the_camera():
    before, after = filmed(), filmed(shift=12 + 0j)
    for picture, left in ((before, 10), (after, 16)):
        picture[8:34, left : left + 20] = 20
    people = np.array([[160, 80, 360, 340]], np.float32)
    found = camera_motion(before, after, people, FRAME_PX)
    assert found.tolist() == pytest.approx([1, 0, 12, 0], abs=1.0)


def test_another_scene_has_no_motion():
    other = np.roll(filmed()[::-1, ::-1], 13, axis=1)
    found = camera_motion(filmed(), other, NOBODY, FRAME_PX)
    assert np.hypot(*found[2:]) < 200
    everywhere = np.array([[0, 0, 640, 360]], np.float32)
    assert camera_motion(filmed(), filmed(shift=12 + 0j), everywhere, FRAME_PX) is NO_MOTION


def test_frames_are_watched_one_by_one_and_none_moves_where_a_shot_begins():
    luma = np.stack([filmed(shift=12.0 * number + 0j) for number in range(4)])
    pictures = Thumbnails(luma, np.zeros((4, 2, 9, 16), np.uint8))
    detections = SegmentDetections(np.arange(4), np.ones(4, np.bool_), np.zeros(4, np.int64), NOBODY, np.zeros(0, np.float32))
    watch = CameraWatch(None, detections, FRAME_PX)
    for start in (0, 3):
        watch.seen(Thumbnails(luma[start : start + 3], pictures.chroma[start : start + 3]))
    found = watch.motions({12: (ShotStep(Action.HOLD, 12),)}, 10)
    assert found[[0, 2]].tolist() == [NO_MOTION.tolist()] * 2
    assert found[[1, 3], 2].tolist() == pytest.approx([12, 12], abs=1.0)
    rest = SegmentDetections(np.arange(3), np.ones(3, np.bool_), np.zeros(3, np.int64), NOBODY, np.zeros(0, np.float32))
    later = CameraWatch(luma[0], rest, FRAME_PX)
    later.seen(Thumbnails(luma[1:], pictures.chroma[1:]))
    assert later.motions({}, 11).tolist() == watch.motions({}, 10)[1:].tolist()
