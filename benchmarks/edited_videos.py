"""Edited videos made of real clips: shots of different clips, times and views, with known cuts, fades and dissolves.

Hard cases on top: flashes, black frames, a camera that pans, zooms and shakes, low light, somebody close who hides the view.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

Picture = NDArray[np.uint8]
Clip = NDArray[np.uint8]

WIDTH_PX, HEIGHT_PX, FRAMES_PER_S = 320, 240, 25
CUT, FADE, DISSOLVE = "cut", "fade", "dissolve"
_SHOT_FRAMES = (20, 70)
_GRADUAL_FRAMES = (8, 30)


@dataclass(frozen=True, slots=True)
class Transition:
    """From one shot to the next: frames `first` to `last` are mixed or empty; a cut has only the frame that begins the new shot."""

    kind: str
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Scenario:
    """How shots are filmed and joined: shares of transitions by kind, and what is done to the frames of a shot."""

    name: str
    gradual: Sequence[str]
    effects: Sequence[Callable[[Clip, np.random.Generator], Clip]]
    moving: bool = False
    dim: bool = False


def load_clip(path: Path) -> Clip:
    """All frames of a clip at twice the width of the edited video, to cut views out of it."""
    frames = []
    with av.open(str(path)) as container:
        for frame in container.decode(video=0):
            height = round(2 * WIDTH_PX * frame.height / frame.width / 2) * 2
            frames.append(frame.reformat(2 * WIDTH_PX, height, "bgr24").to_ndarray())
    return np.stack(frames)


def edit(clips: Sequence[Clip], scenario: Scenario, shots: int, seed: int) -> tuple[Clip, list[Transition]]:
    """Frames `(F, 240, 320, 3)` of a video of so many shots, and the true transitions. No two neighbours show the same clip and view."""
    generator = np.random.default_rng(seed)
    frames = _shot(clips, scenario, generator)
    transitions = []
    for _ in range(shots - 1):
        following = _shot(clips, scenario, generator)
        kind = str(generator.choice([CUT, *scenario.gradual]))
        frames, transition = _join(frames, following, kind, generator)
        transitions.append(transition)
    return frames, transitions


def _shot(clips: Sequence[Clip], scenario: Scenario, generator: np.random.Generator) -> Clip:
    clip = clips[generator.integers(len(clips))]
    length = int(generator.integers(*_SHOT_FRAMES))
    start = int(generator.integers(len(clip) - length))
    frames = np.stack(list(_filmed(clip[start : start + length], generator, moving=scenario.moving)))
    if scenario.dim:
        frames = np.clip(frames * generator.uniform(0.08, 0.2) + generator.normal(0, 2.5, frames.shape), 0, 255).astype(np.uint8)
    for effect in scenario.effects:
        frames = effect(frames, generator)
    return frames


def _filmed(frames: Clip, generator: np.random.Generator, *, moving: bool) -> Iterator[Picture]:
    """A view of the clip, still or panning, zooming and shaking."""
    height, width = frames.shape[1:3]
    zoom, place = generator.uniform(1.0, 2.2), generator.random(2)
    pan = generator.normal(0, 0.012, 2) if moving else np.zeros(2)
    zoom_rate = generator.normal(0, 0.006) if moving else 0.0
    for number, frame in enumerate(frames):
        shake = generator.normal(0, 0.008, 2) if moving else np.zeros(2)
        scale = float(np.clip(zoom * np.exp(zoom_rate * number), 1.0, 3.0))
        here = 1 - np.abs(1 - np.mod(place + pan * number + shake, 2))
        sides = np.array([width, height]) / scale
        left, top = here * (np.array([width, height]) - sides)
        factor = WIDTH_PX / sides[0], HEIGHT_PX / sides[1]
        matrix = np.array([[factor[0], 0, -left * factor[0]], [0, factor[1], -top * factor[1]]])
        yield cv2.warpAffine(frame, matrix, (WIDTH_PX, HEIGHT_PX), flags=cv2.INTER_AREA, borderMode=cv2.BORDER_REPLICATE).astype(np.uint8)


def _join(before: Clip, after: Clip, kind: str, generator: np.random.Generator) -> tuple[Clip, Transition]:
    if kind == CUT:
        return np.concatenate([before, after]), Transition(CUT, len(before), len(before))
    length = int(generator.integers(*_GRADUAL_FRAMES)) // 2 * 2
    length = min(length, len(before) // 2, len(after) // 2)
    shares = ((np.arange(length) + 1) / (length + 1))[:, None, None, None]
    first = len(before) - length
    if kind == DISSOLVE:
        mixed = before[first:] * (1 - shares) + after[:length] * shares
        frames = np.concatenate([before[:first], mixed.round().astype(np.uint8), after[length:]])
        return frames, Transition(DISSOLVE, first, len(before) - 1)
    colour = float(generator.choice([0, 255], p=[0.75, 0.25]))
    empty = np.full((int(generator.integers(1, 12)), *before.shape[1:]), colour, np.uint8)
    out = (before[first:] * (1 - shares) + colour * shares).round().astype(np.uint8)
    into = (after[:length] * shares + colour * (1 - shares)).round().astype(np.uint8)
    frames = np.concatenate([before[:first], out, empty, into, after[length:]])
    return frames, Transition(FADE, first, len(before) + len(empty) + length - 1)


def flashes(frames: Clip, generator: np.random.Generator) -> Clip:
    """Photographers' flashes of one to three frames, nearly or fully burnt out."""
    bright = frames.copy()
    for start in generator.integers(3, max(4, len(frames) - 8), 2).tolist():
        for number in range(start, start + int(generator.integers(1, 4))):
            gain, light = generator.uniform(1.5, 4.0), generator.uniform(60, 220)
            bright[number] = np.clip(frames[number] * gain + light, 0, 255).astype(np.uint8)
    return bright


def dropouts(frames: Clip, generator: np.random.Generator) -> Clip:
    """One to three black frames."""
    black = frames.copy()
    start = int(generator.integers(3, max(4, len(frames) - 8)))
    black[start : start + int(generator.integers(1, 4))] = 0
    return black


def passer_by(frames: Clip, generator: np.random.Generator) -> Clip:
    """Somebody dark who walks close past the camera and hides up to three fifths of the view."""
    hidden = frames.copy()
    width = int(generator.uniform(0.3, 0.6) * WIDTH_PX)
    step = generator.uniform(6, 30)
    for number in range(len(frames)):
        right = int(number * step)
        hidden[number, HEIGHT_PX // 8 :, max(0, right - width) : min(right, WIDTH_PX)] = (25, 22, 30)
    return hidden


def exposure(frames: Clip, generator: np.random.Generator) -> Clip:
    """The lights go down or up at once, and drift."""
    gains = np.exp(np.cumsum(generator.normal(0, 0.01, len(frames))))
    gains[len(frames) // 2 :] *= generator.choice([0.5, 1.5])
    return np.clip(frames * gains[:, None, None, None], 0, 255).astype(np.uint8)


SCENARIOS = (
    Scenario("hard cuts", (), ()),
    Scenario("fades", (FADE, FADE), ()),
    Scenario("dissolves", (DISSOLVE, DISSOLVE), ()),
    Scenario("moving camera", (), (), moving=True),
    Scenario("moving, all kinds", (FADE, DISSOLVE), (), moving=True),
    Scenario("low light", (FADE,), (), dim=True),
    Scenario("flashes", (), (flashes,)),
    Scenario("black frames", (), (dropouts,)),
    Scenario("passers-by", (), (passer_by,)),
    Scenario("lights", (), (exposure,)),
)


def write(path: Path, frames: Clip) -> None:
    """H.264 as it is usual on the web."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=FRAMES_PER_S, options={"preset": "veryfast", "crf": "26", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        for picture in frames:
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="bgr24")))
        container.mux(stream.encode(None))
