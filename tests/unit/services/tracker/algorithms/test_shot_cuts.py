"""Cuts of scripted scenes, and the promise that they are the same however a video is divided."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.ndimage import gaussian_filter

from castlist.codec.shots import shot_state_message, shot_state_of
from castlist.domain.parameters import TrackParameters
from castlist.domain.shots import ShotCut, Thumbnails, Transition
from services.tracker.algorithms.shot_cuts import find_shots, no_shots
from services.tracker.algorithms.shot_steps import Action, ShotStep, cut_limits
from tests.fixtures.views import HEIGHT_PX, WIDTH_PX, mixed, panned, still, thumbnails, view

FRAMES_PER_S = 25.0
HOLD = 6
BLACK = np.zeros((1, HEIGHT_PX, WIDTH_PX))
WHITE = BLACK + 255


def found(*shots, **overrides):
    """What is found in shots one after the other, as one segment."""
    limits = cut_limits(TrackParameters(**overrides), FRAMES_PER_S)
    return find_shots(no_shots(), [thumbnails(*shots)], limits, at_end=True)


def places(*shots, **overrides):
    return [(cut.frame, str(cut.kind), cut.from_frame) for cut in found(*shots, **overrides).cuts]


def faded(shot, colour, shares):
    return mixed(shot, np.full_like(shot[:1], colour), shares)


def test_a_cut_is_where_the_new_shot_begins():
    shots = found(still(1, 20), still(2, 20))
    assert [(cut.frame, cut.kind, cut.from_frame) for cut in shots.cuts] == [(20, Transition.CUT, 20)]
    assert 0.5 < shots.cuts[0].score < 1.5
    # acted on at once, sure when a flash would be over
    assert shots.steps == {20: (ShotStep(Action.HOLD, 20),), 20 + HOLD: (ShotStep(Action.END, 20),)}


def test_one_scene_has_no_cut():
    assert places(still(1, 100)) == []


@pytest.mark.parametrize("length", [1, 2, 3, 5])
def test_a_flash_is_no_cut(length):
    flash = np.clip(still(1, length) * 0.2 + 215, 0, 255)
    shots = found(still(1, 20), flash, still(1, 30))
    assert shots.cuts == ()
    assert shots.steps in ({}, {20: (ShotStep(Action.HOLD, 20),), 20 + length: (ShotStep(Action.RELEASE, 20),)})


@pytest.mark.parametrize("length", [1, 3, 5])
def test_another_picture_for_a_moment_is_no_cut(length):
    shots = found(still(1, 20), still(2, length), still(1, 30))
    assert shots.cuts == ()
    assert shots.steps == {20: (ShotStep(Action.HOLD, 20),), 20 + length: (ShotStep(Action.RELEASE, 20),)}


def test_another_picture_for_longer_is_a_shot():
    assert places(still(1, 20), still(2, 10), still(1, 30)) == [(20, "cut", 20), (30, "cut", 30)]


def test_how_long_a_flash_may_last_is_a_parameter():
    assert places(still(1, 20), still(2, 10), still(1, 30), flash_max_s=0.5) == []


@pytest.mark.parametrize("colour", [BLACK, WHITE])
@pytest.mark.parametrize("length", [1, 3])
def test_single_empty_frames_are_no_fade(colour, length):
    assert places(still(1, 20), np.repeat(colour, length, axis=0), still(1, 20)) == []


@pytest.mark.parametrize("colour", [0.0, 255.0, 90.0])
def test_a_fade_belongs_to_the_shot_before_until_the_new_one_shows(colour):
    down = np.arange(1, 11) / 10
    first, second = still(1, 20), still(2, 20)
    shots = (first, faded(first, colour, down), np.repeat(BLACK + colour, 5, axis=0), faded(second[:1], colour, down[::-1] - 0.05), second)
    (place,) = places(*shots)
    assert place[1] == "fade"
    assert 28 <= place[2] <= 30  # the first frame in which nothing can be told
    assert 35 <= place[0] <= 36  # twenty of the first shot, ten and five of the fade


def test_a_fade_back_to_the_same_scene_is_a_new_shot():
    first, down = still(1, 20), np.arange(1, 11) / 10
    assert len(places(first, faded(first, 0, down), np.repeat(BLACK, 20, axis=0), faded(first, 0, down[::-1]), first)) == 1


def test_a_video_may_begin_and_end_in_black():
    assert places(np.repeat(BLACK, 10, axis=0), still(1, 20), np.repeat(BLACK, 10, axis=0)) == []


def test_a_dissolve_is_cut_in_its_middle():
    first, second = still(1, 40), still(2, 40)
    ((frame, kind, from_frame),) = places(first, mixed(first, second, np.arange(1, 16) / 16), second)
    assert kind == "dissolve"
    assert 45 <= frame <= 49  # forty of the first shot and half of fifteen
    assert from_frame <= 42


def crossed(first, second, frames):
    """Two shots that both go on while one goes over to the other."""
    shares = (np.arange(frames)[:, None, None] + 1) / (frames + 1)
    return first[:-frames], first[-frames:] * (1 - shares) + second[:frames] * shares, second[frames:]


@pytest.mark.parametrize("frames", [8, 16, 30])
def test_a_dissolve_between_moving_cameras_is_found(frames):
    ((frame, kind, _),) = places(*crossed(panned(1, 60, 0.5), panned(2, 60, 0.4)[..., ::-1], frames))
    assert kind == "dissolve"
    assert 60 - frames <= frame <= 60


def test_somebody_who_walks_through_a_dissolve_does_not_hide_it():
    frames = np.concatenate(crossed(still(1, 50), still(2, 50), 20))
    for number in range(80):
        frames[number, 18:, max(0, number - 12) : max(0, number - 8)] = 70
    assert [kind for _, kind, _ in places(frames)] == ["dissolve"]


def test_a_picture_wiped_away_is_no_mixture():
    frames = np.concatenate([still(1, 40), still(2, 40)])
    for number in range(40, 64):
        frames[number, :, (number - 39) * WIDTH_PX // 24 :] = still(1, 1)[0, :, (number - 39) * WIDTH_PX // 24 :]
    assert "dissolve" not in [kind for _, kind, _ in places(frames)]


def test_a_camera_that_loses_focus_while_it_turns_makes_no_cut():
    frames = panned(1, 60, 1.0)
    blurred = [gaussian_filter(frame, 3 * np.sin(np.pi * number / 30)) for number, frame in enumerate(frames[15:45])]
    assert places(frames[:15], np.stack(blurred), frames[45:]) == []


def test_light_that_goes_off_is_no_cut():
    assert places(still(1, 30), still(1, 30) * 0.5) == []


@pytest.mark.parametrize("px_per_frame", [0.5, 2.0, 4.0])
def test_a_camera_that_turns_makes_no_cut(px_per_frame):
    assert places(panned(1, 40, px_per_frame)) == []


def test_somebody_close_to_the_camera_makes_no_cut():
    frames = still(1, 40)
    for number in range(40):
        frames[number, 4:, max(0, 4 * number - 36) : 4 * number] = 20
    assert places(frames) == []


def test_a_cut_in_a_moving_shot_is_found():
    assert places(panned(1, 30, 2.0), panned(2, 30, 2.0)) == [(30, "cut", 30)]


def test_cuts_near_each_other_and_near_the_end_are_found():
    assert [place[0] for place in places(still(1, 20), still(2, 8), still(3, 2))] == [20, 28]


@pytest.mark.parametrize("length", [1, 2, 3])
def test_among_shots_of_a_frame_or_two_each_is_found(length):
    """Where everything changes all the time nothing stands out; the shots beside it are still not one."""
    montage = [still(seed, length) for seed in range(3, 11)]
    shots = found(still(1, 20), *montage, still(2, 20))
    assert [cut.frame for cut in shots.cuts] == list(range(20, 20 + 9 * length, length))


def test_a_dark_scene_is_no_empty_one():
    assert places(still(1, 20) * 0.06, still(2, 20) * 0.06) == [(20, "cut", 20)]


def test_colours_count():
    grey = np.full((20, HEIGHT_PX, WIDTH_PX), 128.0) + view(1)[None] * 0.05
    frames = thumbnails(grey, grey)
    frames.chroma[20:] += 60
    limits = cut_limits(TrackParameters(cut_min_change=0.15), FRAMES_PER_S)
    assert [cut.frame for cut in find_shots(no_shots(), [frames], limits, at_end=True).cuts] == [20]


def edited():
    """Cuts, a flash, a fade and a dissolve in 240 frames."""
    one, two, three, four = still(1, 40), panned(2, 50, 1.0), still(3, 40), still(4, 50)
    down = np.arange(1, 9) / 8
    flash = np.clip(one[:2] * 0.3 + 180, 0, 255)
    return thumbnails(
        one[:20],
        flash,
        one[20:],
        two,
        faded(two, 0, down),
        np.repeat(BLACK, 3, axis=0),
        three,
        mixed(three, four, np.arange(1, 16) / 16),
        four,
    )


def in_segments(whole: Thumbnails, borders):
    limits = cut_limits(TrackParameters(), FRAMES_PER_S)
    edges = [0, *sorted(borders), len(whole.luma)]
    state, cuts, steps = no_shots(), [], {}
    for number, (start, end) in enumerate(pairwise(edges)):
        parts = [Thumbnails(whole.luma[start:end], whole.chroma[start:end])]
        shots = find_shots(shot_state_of(shot_state_message(state)), parts, limits, at_end=number == len(edges) - 2)
        state = shots.state
        cuts += shots.cuts
        steps |= shots.steps
    return cuts, steps, state


def test_cuts_fade_and_dissolve_in_one_video():
    cuts, _, _ = in_segments(edited(), [])
    assert [str(cut.kind) for cut in cuts] == ["cut", "fade", "dissolve"]
    assert cuts[0] == ShotCut(42, Transition.CUT, 42, cuts[0].score)


@settings(max_examples=8, deadline=None)
@given(st.lists(st.integers(0, 208), max_size=19))
def test_any_division_into_segments_gives_the_same_cuts(borders):
    whole = edited()
    expected, expected_steps, expected_state = in_segments(whole, [])
    cuts, steps, state = in_segments(whole, borders)
    assert (cuts, steps) == (expected, expected_steps)
    assert shot_state_message(state) == shot_state_message(expected_state)


@pytest.mark.parametrize("border", range(38, 52))
def test_a_cut_at_or_near_a_border_is_the_same(border):
    whole = edited()
    assert in_segments(whole, [border])[:2] == in_segments(whole, [])[:2]


def test_the_state_does_not_grow():
    sizes = [
        shot_state_message(in_segments(thumbnails(*(still(seed, 30) for seed in range(shots))), [])[2]).ByteSize() for shots in (4, 20)
    ]
    assert abs(sizes[1] - sizes[0]) < 100
    assert sizes[1] < 40_000
