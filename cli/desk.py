"""A job's result on the desk, ready to be edited: who is who, their tracklets, and the log of edits."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from castlist.codec.cast import decode_cast
from castlist.codec.edits import decode_edit
from castlist.codec.messages import decode_video_plan
from castlist.codec.persons import decode_persons
from castlist.codec.tracklets import decode_tracklets
from castlist.domain.anchors import PersonAnchor, TrackletAnchor, person_anchor, tracklet_anchor
from castlist.domain.cast import Cast, CastPerson, cast_before_merging
from castlist.domain.casting import apply_change
from castlist.domain.editable_cast import first_shared_frame
from castlist.domain.edits import AUTOMATIC_MERGE, Change, Edit, Redo, Standing, Undo, standing_after
from castlist.domain.jobs import ObjectRef, Stage, TaskDone
from castlist.domain.records import Tracklet, TrackletSet
from castlist.domain.video import VideoPlan
from castlist.errors import UsageError
from castlist.ports import ObjectReader
from cli.watching import JobView

_NEAREST = 5


@dataclass(frozen=True, slots=True, eq=False)
class Desk:
    """What there is to edit at a revision. `before` is the cast before merging, `tracklets` are those after splitting.

    `fault` says why the present revision could not be made, where that is so; `cast` is that of the one before then.
    """

    job_id: str
    revision: int
    before: Cast
    cast: Cast
    found: TrackletSet
    tracklets: Mapping[int, Tracklet]
    edits: tuple[Edit, ...]
    video: VideoPlan
    fault: str = ""

    @property
    def standing(self) -> Standing:
        """Which edits stand."""
        return standing_after(self.edits)

    def person(self, number: int) -> CastPerson:
        """Raises `UsageError` that names persons near it, or whose part it is now."""
        person = self.cast.person(number)
        if person is not None:
            return person
        holder = next((other.person_id for other in self.cast.persons if number in other.from_persons), None)
        if holder is not None:
            raise UsageError(f"person {number} is part of person {holder} now; `castlist split {self.job_id} {holder}` parts them")
        raise UsageError(f"there is no person {number}{_near(number, [other.person_id for other in self.cast.persons])}")

    def anchor(self, number: int) -> PersonAnchor:
        """A person, as an edit names it."""
        return person_anchor(number, [self.tracklets[tracklet] for tracklet in self.person(number).tracklet_ids])

    def tracklet(self, number: int) -> TrackletAnchor:
        """A tracklet, as an edit names it. Raises `UsageError` that names tracklets near it."""
        if number not in self.tracklets:
            raise UsageError(f"there is no tracklet {number}{_near(number, list(self.tracklets))}")
        return tracklet_anchor(self.tracklets[number])

    def check_never_together(self, who: str, first: Sequence[int], second: Sequence[int]) -> None:
        """Raise `UsageError` with the frame and its time if two groups of tracklets are seen in one frame."""
        frame = first_shared_frame(*([self.tracklets[number].frame_numbers for number in group] for group in (first, second)))
        if frame is not None:
            base = self.video.time_base
            seconds = float((int(self.found.frame_pts[frame]) - self.video.first_pts) * base)
            raise UsageError(f"{who} are both seen in frame {frame} (at {_clock(seconds)}), so they can't be one person")

    def after(self, edit: Change) -> Cast:
        """The cast after one more change. Raises `UsageError` for one that can't be, or changes nothing."""
        if self.fault:
            raise UsageError(
                f"revision {self.revision} failed ({self.fault}): `castlist undo` takes it back, `castlist retry` tries it again"
            )
        cast = apply_change(self.before, self.cast, self.found.tracklets, edit)
        if cast.unapplied_edits:
            raise UsageError(f"can't {edit}: {cast.unapplied_edits[0].reason}")
        if (cast.persons, cast.kept_apart) == (self.cast.persons, self.cast.kept_apart):
            raise UsageError(f"that is how it is already; nothing to do to {edit}")
        return cast

    def taken_back(self) -> str:
        """What an undo takes back. Raises `UsageError` where nothing is left."""
        done = self.standing.done
        if not done or (done[-1] == AUTOMATIC_MERGE and all(len(person.from_persons) == 1 for person in self.cast.persons)):
            raise UsageError("there is nothing to undo: no edit stands, and nobody was merged automatically")
        return self.words(done[-1])

    def brought_back(self) -> str:
        """What a redo brings back. Raises `UsageError` where nothing can be."""
        if not self.standing.undone:
            last = self.edits[-1] if self.edits else None
            why = "" if last is None or isinstance(last, Undo | Redo) else ": something was edited since the last undo"
            raise UsageError(f"there is nothing to redo{why}")
        return self.words(self.standing.undone[-1])

    def words(self, number: int) -> str:
        """An edit by its number, in a few words."""
        return "the automatic merge" if number == AUTOMATIC_MERGE else str(self.edits[number - 1])


def set_desk(view: JobView, objects: ObjectReader) -> Desk:
    """All that editing needs, of a job whose present revision is compared. Raises `UsageError` for a job without persons."""
    revision = view.state.revision
    runs = {(run.stage, run.index): run for run in view.runs}
    found = decode_tracklets(objects.read(_output(runs[Stage.GROUP, 0], "tracklets_split")))
    return Desk(
        job_id=view.job_id,
        revision=revision,
        before=cast_before_merging(decode_persons(objects.read(_output(runs[Stage.GROUP, 0], "persons")))),
        cast=decode_cast(objects.read(_output(runs[Stage.COMPARE, view.compared_revision], "cast"))),
        found=found,
        tracklets={tracklet.tracklet_id: tracklet for tracklet in found.tracklets},
        edits=read_edits(view, objects),
        video=decode_video_plan(objects.read(_output(runs[Stage.PLAN, 0], "video"))),
        fault="" if view.is_compared else view.state.reason,
    )


def read_edits(view: JobView, objects: ObjectReader) -> tuple[Edit, ...]:
    """A job's edits, in order."""
    return tuple(decode_edit(objects.read(ref)) for ref in view.edits)


def _output(run: TaskDone, name: str) -> ObjectRef:
    (ref,) = run.refs(name)
    return ref


def _near(number: int, numbers: Sequence[int]) -> str:
    near = sorted(sorted(numbers, key=lambda other: (abs(other - number), other))[:_NEAREST])
    return f"; near it are {', '.join(map(str, near))}" if near else ": nobody was found"


def _clock(seconds: float) -> str:
    return f"{int(seconds // 60)}:{seconds % 60:06.3f}"
