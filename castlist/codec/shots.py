"""Cuts and the state of finding them as messages. Conventions: `protos/castlist/contracts/v1/tracks.proto`."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from castlist.contracts.v1 import tracks_pb2
from castlist.domain.shots import CHROMA_STEP, PendingCut, ShotCut, ShotState, Thumbnails, Transition
from castlist.errors import ObjectCorrupt

_CODES = {
    Transition.CUT: tracks_pb2.TRANSITION_CUT,
    Transition.FADE: tracks_pb2.TRANSITION_FADE,
    Transition.DISSOLVE: tracks_pb2.TRANSITION_DISSOLVE,
}
_KINDS = {code: kind for kind, code in _CODES.items()}


def cut_columns(cuts: Sequence[ShotCut]) -> dict[str, Any]:
    """Fields of `SegmentTracks`."""
    return {
        "cut": [cut.frame for cut in cuts],
        "cut_transition": [_CODES[cut.kind] for cut in cuts],
        "cut_from_frame": [cut.from_frame for cut in cuts],
        "cut_score": [cut.score for cut in cuts],
    }


def cuts_of(message: tracks_pb2.SegmentTracks) -> tuple[ShotCut, ...]:
    """Inverse of `cut_columns`. Raises `ObjectCorrupt` for columns of different lengths and unknown kinds."""
    try:
        rows = list(zip(message.cut, message.cut_transition, message.cut_from_frame, message.cut_score, strict=True))
        return tuple(ShotCut(frame, _KINDS[code], from_frame, score) for frame, code, from_frame, score in rows)
    except (ValueError, KeyError) as fault:
        raise ObjectCorrupt(f"the cuts of these tracks can't be read: {fault}") from fault


def shot_state_message(state: ShotState) -> tracks_pb2.ShotState:
    return tracks_pb2.ShotState(
        frame_count=state.frame_count,
        last_frame=state.last_frame,
        clear_frame=state.clear_frame,
        empty_from=state.empty_from,
        shot_from=state.shot_from,
        contrast=state.contrast,
        usual_change=state.usual_change,
        pending=[_pending_message(pending) for pending in state.pending],
        kept_frame=state.kept_frames.tolist(),
        kept_width=state.kept.luma.shape[2],
        kept_height=state.kept.luma.shape[1],
        kept_luma=state.kept.luma.tobytes(),
        kept_chroma=state.kept.chroma.tobytes(),
        tick_frame=state.tick_frames.tolist(),
        tick=state.ticks.tobytes(),
    )


def shot_state_of(message: tracks_pb2.ShotState) -> ShotState:
    """Inverse of `shot_state_message`. Raises `ObjectCorrupt` where pictures are missing or have another size than is said."""
    count, height, width = len(message.kept_frame), message.kept_height, message.kept_width
    wanted = {message.last_frame, message.clear_frame, *(pending.reference_frame for pending in message.pending)}
    if wanted - {-1, *message.kept_frame}:
        raise ObjectCorrupt("the tracker's state of shots lacks pictures")
    try:
        return ShotState(
            frame_count=message.frame_count,
            last_frame=message.last_frame,
            clear_frame=message.clear_frame,
            empty_from=message.empty_from,
            shot_from=message.shot_from,
            contrast=message.contrast,
            usual_change=message.usual_change,
            pending=tuple(_pending_of(pending) for pending in message.pending),
            kept_frames=np.array(message.kept_frame, np.int64),
            kept=Thumbnails(
                np.frombuffer(message.kept_luma, np.uint8).reshape(count, height, width),
                np.frombuffer(message.kept_chroma, np.uint8).reshape(count, 2, height // CHROMA_STEP, width // CHROMA_STEP),
            ),
            tick_frames=np.array(message.tick_frame, np.int64),
            ticks=np.frombuffer(message.tick, np.uint8).reshape(len(message.tick_frame), _tick_size(message)),
        )
    except (ValueError, KeyError) as fault:
        raise ObjectCorrupt(f"the tracker's state of shots can't be read: {fault}") from fault


def _tick_size(message: tracks_pb2.ShotState) -> int:
    return len(message.tick) // max(1, len(message.tick_frame))


def _pending_message(pending: PendingCut) -> tracks_pb2.PendingCut:
    cut = pending.cut
    return tracks_pb2.PendingCut(
        frame=cut.frame,
        transition=_CODES[cut.kind],
        from_frame=cut.from_frame,
        score=cut.score,
        reference_frame=pending.reference,
        sure=pending.sure,
        change=pending.changes,
    )


def _pending_of(message: tracks_pb2.PendingCut) -> PendingCut:
    cut = ShotCut(message.frame, _KINDS[message.transition], message.from_frame, message.score)
    return PendingCut(cut, message.reference_frame, message.sure, tuple(message.change))
