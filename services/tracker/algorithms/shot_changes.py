"""What becomes of tracks where a new shot begins, or seems to."""

from dataclasses import replace

import numpy as np

from services.tracker.algorithms.shot_steps import Action, ShotStep
from services.tracker.algorithms.tracks import HELD, LOST, TENTATIVE, Tracks


def after_step(tracks: Tracks, step: ShotStep) -> Tracks:
    """The tracks after a step, before the detections of its frame.

    Set aside are those that are confirmed; they move on by their motion and take no detection. Taken up again they are lost until
    they are found, and tracks that began since the seeming cut are gone. At a cut all that were last seen before it are gone.
    """
    if step.action is Action.HOLD:
        confirmed = tracks.take(tracks.statuses != TENTATIVE)
        return replace(confirmed, statuses=np.full(len(confirmed.ids), HELD))
    if step.action is Action.END:
        return tracks.take(tracks.last_frames >= step.frame)
    kept = tracks.take(tracks.last_frames < step.frame)
    back = (kept.statuses == HELD) & (kept.last_frames >= step.held_since)
    return replace(kept, statuses=np.where(back, LOST, kept.statuses))
