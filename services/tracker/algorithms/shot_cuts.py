"""Where one shot ends and another begins, found frame by frame from small pictures, the same however a video is divided.

After PySceneDetect's content, adaptive and threshold detectors (scenedetect.com), with what tracking needs beyond: a change is
acted on in the frame where it shows, and undone when the next frames show that it was a flash or fast motion. So nothing has to
wait for frames that another segment holds.
"""

from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from dataclasses import replace

import numpy as np

from castlist.domain.shots import PendingCut, ShotCut, ShotState, Thumbnails, Transition, UInt8
from services.tracker.algorithms.dissolves import TICKS_KEPT, find_dissolve
from services.tracker.algorithms.picture_change import Pictures, changes, kept_thumbnails, least_change, pictures_of, ticks_change
from services.tracker.algorithms.shot_steps import Action, CutLimits, FoundShots, ShotStep

_MOST_PENDING = 8
_USUAL_RATE, _USUAL_AT_FIRST = 0.2, 0.05  # how fast the usual change follows
_STEADY_LEVELS, _STEADY_CONTRAST = 20.0, 0.25  # light that changes less: in brightness, and in the logarithm of contrast
_EMPTY_CONTRAST, _EMPTY_MOST, _EMPTY_SHARE = 1.0, 2.0, 0.05  # levels, and share of the shot's contrast
_CLEAR_SHARE, _TELLING_SHARE, _CONTRAST_DECAY = 1 / 2, 1 / 4, 0.99
_BLOCK_FRAMES = 256


def no_shots() -> ShotState:
    """Before the first frame."""
    none = np.zeros(0, np.int64)
    return ShotState(0, -1, -1, -1, 0, 0.0, _USUAL_AT_FIRST, (), none, kept_thumbnails(()), none, np.zeros((0, 0), np.uint8))


def last_picture(state: ShotState) -> UInt8 | None:
    """Brightness (h, w) of the thumbnail of the last frame; None before the first."""
    return state.kept.luma[-1] if len(state.kept_frames) else None


def find_shots(state: ShotState, thumbnails: Iterable[Thumbnails], limits: CutLimits, *, at_end: bool) -> FoundShots:
    """Go on with the frames of a segment, given in parts of any size; `at_end`: no more follow."""
    finder = _Finder(state, limits)
    for part in thumbnails:
        for start in range(0, len(part.luma), _BLOCK_FRAMES):
            span = slice(start, start + _BLOCK_FRAMES)
            finder.see_all(pictures_of(Thumbnails(part.luma[span], part.chroma[span])))
    if at_end:
        finder.decide(hold_frames=0)
    return FoundShots(tuple(sorted(finder.cuts, key=lambda cut: cut.frame)), finder.steps, finder.state())


class _Finder:
    """What `ShotState` holds, as it changes from frame to frame; pictures by frame."""

    def __init__(self, state: ShotState, limits: CutLimits) -> None:
        self.cuts: list[ShotCut] = []
        self.steps: dict[int, tuple[ShotStep, ...]] = {}
        self._limits = limits
        self._state = state
        self._pending = list(state.pending)
        self._kept = dict(zip(state.kept_frames.tolist(), pictures_of(state.kept).singles(), strict=True))
        self._tick_frames = state.tick_frames.tolist()
        self._ticks = state.ticks

    def see_all(self, pictures: Pictures) -> None:
        """The next frames."""
        inner = np.append(np.nan, changes(pictures.rows(slice(1, None)), pictures.rows(slice(None, -1))))
        for picture, change in zip(pictures.singles(), inner.tolist(), strict=True):
            self._see(picture, change)

    def _see(self, picture: Pictures, change: float) -> None:
        """The next frame, and its change from the one before, NaN where that is not known."""
        state, frame, contrast = self._state, self._state.frame_count, float(picture.contrasts[0])
        if contrast <= max(_EMPTY_CONTRAST, min(_EMPTY_MOST, _EMPTY_SHARE * state.contrast)):
            empty_from = frame if state.empty_from < 0 else state.empty_from
            self._keep(frame, {state.last_frame, state.clear_frame}, picture)
            self._state = replace(state, frame_count=frame + 1, empty_from=empty_from)
        else:
            if state.last_frame >= 0:
                self._compare(frame, picture, change)
            usual_contrast = max(contrast, _CONTRAST_DECAY * state.contrast)
            clear = frame if contrast >= _CLEAR_SHARE * usual_contrast else state.clear_frame
            self._keep(frame, {clear}, picture)
            self._state = replace(
                self._state, frame_count=frame + 1, last_frame=frame, clear_frame=clear, empty_from=-1, contrast=usual_contrast
            )
        self.decide(self._limits.hold_frames)
        if frame % self._limits.tick_step == 0:
            self._tick(frame, picture)

    def _compare(self, frame: int, picture: Pictures, change: float) -> None:
        """A frame that is not empty with those before it."""
        if self._returned(frame, picture):
            return
        if self._state.empty_from >= 0:
            self._after_empty(frame, picture)
            return
        last = self._kept[self._state.last_frame]
        change = self._change(last, picture, change)
        self._pending = [replace(pending, changes=(*pending.changes, change)) for pending in self._pending]
        usual = self._state.usual_change
        if self._limits.is_sharp(change, usual) or (self._limits.is_sharp_in_stillness(change, usual) and _in_steady_light(last, picture)):
            self._suspect(PendingCut(ShotCut(frame, Transition.CUT, frame, change), self._state.last_frame, sure=False))
        elif not self._pending:
            self._state = replace(self._state, usual_change=usual + _USUAL_RATE * (change - usual))

    def _change(self, first: Pictures, second: Pictures, known: float = np.nan) -> float:
        """As little as two pictures differ; as they are, where that is less than would matter."""
        plain = float(changes(first, second)[0]) if np.isnan(known) else known
        return plain if plain < self._limits.min_change / 2 else least_change(first, second)

    def _returned(self, frame: int, picture: Pictures) -> bool:
        """Whether the picture is again what it was before a change: then that was a flash, and what followed within it."""
        for place, pending in enumerate(self._pending):
            reference = self._kept[pending.reference]
            telling = not pending.sure and picture.contrasts[0] >= _TELLING_SHARE * reference.contrasts[0]
            if telling and self._change(reference, picture) < min(self._limits.min_change, pending.cut.score / 2):
                self._pending = self._pending[:place]
                held_since = self._pending[-1].cut.frame if self._pending else 0
                self._step(frame, ShotStep(Action.RELEASE, pending.cut.frame, held_since))
                return True
        return False

    def _after_empty(self, frame: int, picture: Pictures) -> None:
        """The first picture after frames of one colour: a new shot, unless they were few and it is that from before."""
        clear = self._state.clear_frame
        sure = frame - clear > self._limits.hold_frames + 1
        change = self._change(self._kept[clear], picture)
        if sure or change >= self._limits.min_change:
            self._suspect(PendingCut(ShotCut(frame, Transition.FADE, self._state.empty_from, change), clear, sure))

    def _suspect(self, pending: PendingCut) -> None:
        if len(self._pending) < _MOST_PENDING:
            self._pending.append(pending)
            self._step(pending.cut.frame, ShotStep(Action.HOLD, pending.cut.frame))

    def decide(self, hold_frames: int) -> None:
        """Say which changes are cuts, of those that are so many frames ago."""
        last = self._state.frame_count - 1
        while self._pending and last - self._pending[0].cut.frame >= hold_frames:
            pending = self._pending.pop(0)
            usual = float(np.median(pending.changes)) if pending.changes else 0.0
            if self._is_cut(pending, usual):
                self._cut(last, pending.cut, self._state.last_frame)
                self._state = replace(self._state, usual_change=usual)
            else:
                self._state = replace(self._state, usual_change=max(self._state.usual_change, usual))
                if not self._pending:
                    self._step(last, ShotStep(Action.RELEASE, pending.cut.frame))

    def _is_cut(self, pending: PendingCut, usual: float) -> bool:
        if pending.cut.kind is Transition.FADE:
            now = self._kept[self._state.last_frame]
            return pending.sure or self._change(self._kept[pending.reference], now) >= self._limits.min_change
        change = pending.cut.score
        return self._limits.is_sharp(change, usual) or self._limits.is_sharp_in_stillness(change, usual)

    def _cut(self, frame: int, cut: ShotCut, reference: int) -> None:
        """A cut that became sure in a frame; the new shot's contrast is that of the reference."""
        self.cuts.append(cut)
        self._step(frame, ShotStep(Action.END, cut.frame))
        self._state = replace(self._state, shot_from=cut.frame, contrast=float(self._kept[reference].contrasts[0]))

    def _step(self, frame: int, step: ShotStep) -> None:
        self.steps[frame] = (*self.steps.get(frame, ()), step)

    def _keep(self, frame: int, others: AbstractSet[int], picture: Pictures) -> None:
        """Keep the picture, and of others those that may be asked for."""
        wanted = {*others, *(pending.reference for pending in self._pending)}
        self._kept = {number: kept for number, kept in self._kept.items() if number in wanted} | {frame: picture}

    def _tick(self, frame: int, picture: Pictures) -> None:
        """Look for a dissolve that ends here."""
        self._tick_frames = [*self._tick_frames, frame][-TICKS_KEPT:]
        self._ticks = np.concatenate([self._ticks.reshape(-1, picture.ticks.shape[1]), picture.ticks])[-TICKS_KEPT:]
        if self._pending or self._state.empty_from >= 0:
            return
        first = int(np.searchsorted(self._tick_frames, self._state.shot_from))
        height, width = picture.luma.shape[1:]
        found = find_dissolve(self._ticks.reshape(-1, height // 2, width // 2), first)
        score = 0.0 if found is None else ticks_change(self._ticks[found.from_tick], self._ticks[-1])
        if found is not None and score >= self._limits.min_change:
            middle, start = self._tick_frames[found.middle_tick], self._tick_frames[found.from_tick]
            self._cut(frame, ShotCut(middle, Transition.DISSOLVE, start, score), frame)
            self._state = replace(self._state, shot_from=frame)

    def state(self) -> ShotState:
        frames = sorted(self._kept)
        return replace(
            self._state,
            pending=tuple(self._pending),
            kept_frames=np.array(frames, np.int64),
            kept=kept_thumbnails([self._kept[frame] for frame in frames]),
            tick_frames=np.array(self._tick_frames, np.int64),
            ticks=self._ticks,
        )


def _in_steady_light(first: Pictures, second: Pictures) -> bool:
    contrast = abs(float(np.log(second.contrasts[0] / first.contrasts[0])))
    return abs(float(second.means[0] - first.means[0])) < _STEADY_LEVELS and contrast < _STEADY_CONTRAST
