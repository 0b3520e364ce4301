"""Which models a job gets, and on what they run: decided once, by `plan`, for all workers."""

import hashlib
from dataclasses import dataclass
from itertools import takewhile

import cv2

from castlist.domain.devices import Devices
from castlist.domain.video import ModelChoice
from castlist.errors import TaskFailed
from castlist.inference import onnx_file
from castlist.inference.choices import ANY_RUNTIME, RuntimeWish, ask_file, choice_of, is_usable
from castlist.inference.engines import ENGINES, Engine
from castlist.manifest import ONNX_SUFFIX, ModelEntry, ModelLibrary, ResolvedModel, best_to_be_had, entry_named, manifest

AUTO = "auto"
COLOUR_STRIPES = "colour_stripes"
_COLOUR_STRIPES_SHA256 = hashlib.sha256(b"castlist colour_stripes 1").hexdigest()  # it has no weights; its version counts

_REMEDY = "run once with a network, or put {file} into the folder that CASTLIST_MODELS names"
_OWN_REMEDY = "put {file} into the folder that CASTLIST_MODELS names"
_PASSED_OVER = "{file} was passed over, since {missing} is not installed: {remedy}."
_POORER_DETECTOR = "The weights of {name} were not found, so the default detector was used, which finds fewer people: {remedy}."
_CLASSES_ASSUMED = "{file} does not name its classes, so class 0 is taken for a person, as in COCO: export it with its names if it is not."
_COLOURS_ONLY = "No OSNet weights were found, so people are compared by the colours of their clothes alone, which is less sure: {remedy}."


@dataclass(frozen=True, slots=True)
class ModelChooser:
    """Chooses among the weights of this machine; its detector and embedder must be at hand to the other workers too."""

    library: ModelLibrary
    devices: Devices

    def detector(self, wish: str, runtimes: RuntimeWish = ANY_RUNTIME) -> ModelChoice:
        """Raises `TaskFailed` for a model that is not at hand, or on a device, engine or precision that can't be used."""
        found = self._found("detector", wish)
        if found is None:
            raise TaskFailed(f"the weights of {wish} are not on this machine: {_remedy(wish)}")
        note = self._about_detector(found) if wish == AUTO else _about_classes(found)
        return choice_of(found, self.devices.own, note, runtimes)

    def embedder(self, wish: str, runtimes: RuntimeWish = ANY_RUNTIME) -> ModelChoice:
        """Raises `TaskFailed` as `detector` does."""
        found = self._found("embedder", wish) if wish != COLOUR_STRIPES else None
        if found is not None:
            return choice_of(found, self.devices.reid or self.devices.own, self._about(found) if wish == AUTO else found.note, runtimes)
        if wish not in (AUTO, COLOUR_STRIPES):
            raise TaskFailed(f"the weights of {wish} are not on this machine: {_remedy(wish)}")
        note = _COLOURS_ONLY.format(remedy=_remedy(best_to_be_had("embedder").name)) if wish == AUTO else ""
        runtime, origin = f"opencv {cv2.__version__} cpu float32", "comes with Castlist, needs no weights"
        return ModelChoice(COLOUR_STRIPES, _COLOUR_STRIPES_SHA256, runtime, origin, note, licence="Apache-2.0")

    def _about_detector(self, found: ResolvedModel) -> str:
        best = best_to_be_had("detector")
        poorer = not found.entry.brought and found.entry != best
        return (
            self._about(found)
            or _about_classes(found)
            or (_POORER_DETECTOR.format(name=best.name, remedy=_remedy(best.name)) if poorer else "")
        )

    def _about(self, found: ResolvedModel) -> str:
        """What is to be said of the model that `auto` found, and of better ones that lie here and can't be run."""
        better = takewhile(lambda entry: entry != found.entry, manifest().values())
        here = (entry for entry in better if entry.task == found.entry.task and self.library.resolve(entry.name) is not None)
        passed_over = (
            _PASSED_OVER.format(file=entry.file, missing=_engine(entry).missing(), remedy=_engine(entry).remedy) for entry in here
        )
        return " ".join(text for text in (found.note, *passed_over) if text)

    def _found(self, task: str, wish: str) -> ResolvedModel | None:
        if wish == AUTO:
            return self.library.preferred(task, is_usable)
        entry = entry_named(wish)
        if entry is None or entry.task != task:
            raise TaskFailed(f"{wish} is no {task}: name another model (docs/models.md)")
        if _engine(entry).missing():
            raise TaskFailed(f"{wish} needs {_engine(entry).missing()}, not installed here: {_engine(entry).remedy}")
        return self.library.resolve(wish)


def _engine(entry: ModelEntry) -> Engine:
    return ENGINES[entry.engine]


def _about_classes(found: ResolvedModel) -> str:
    """What is assumed of a YOLO that a user brings and that does not name its classes. Raises `TaskFailed` for a file that is no ONNX."""
    if not found.entry.brought or found.path.suffix != ONNX_SUFFIX:
        return found.note
    named = "names" in ask_file(found, onnx_file.facts)
    return found.note if named else _CLASSES_ASSUMED.format(file=found.path.name)


def _remedy(name: str) -> str:
    entry = entry_named(name)
    assert entry is not None, "it was looked for"
    return (_OWN_REMEDY if entry.brought else _REMEDY).format(file=entry.file)
