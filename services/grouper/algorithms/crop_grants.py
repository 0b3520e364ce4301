"""Which crops of each tracklet are compared and which are shown, within what a job may keep."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from castlist.domain.parameters import PickParameters
from castlist.domain.records import Float64, Int64
from services.grouper.algorithms.crop_allotment import allot
from services.grouper.algorithms.crop_choice import Sampling, chosen_crops
from services.grouper.algorithms.crop_rejection import ENOUGH_CROPS

_Rows = tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class CropWishes:
    """What one tracklet would keep: places, rising, among its crops, which have `scores` (n,).

    `usable` are those among which crops to compare are chosen, `compared` the ones chosen over the whole tracklet, `beside` those
    compared besides where it may have changed person, `shown` those of the animation.
    """

    scores: Float64
    usable: Int64
    compared: Int64
    beside: Int64
    shown: Int64

    @property
    def rounds(self) -> _Rows:
        """How many different crops it may have by the end of each round of the allotment."""
        compared = len(self.compared)
        beside = len(np.union1d(self.compared, self.beside))
        everything = len(np.union1d(np.union1d(self.compared, self.beside), self.shown))
        return min(ENOUGH_CROPS, everything), compared, beside, everything


@dataclass(frozen=True, slots=True, eq=False)
class GrantedCrops:
    """Places among a tracklet's crops, rising, of those compared and of those shown."""

    embedded: Int64
    shown: Int64

    @property
    def count(self) -> int:
        """How many different ones."""
        return len(np.union1d(self.embedded, self.shown))


def wish(scores: Float64, usable: Int64, showable: Int64, beside: Int64, parameters: PickParameters) -> CropWishes:
    """What a tracklet would keep if there were no bound for the job."""
    sampling = Sampling(parameters.sampling_strategy)
    return CropWishes(
        scores=scores,
        usable=usable,
        compared=usable[chosen_crops(scores[usable], parameters.embed_crops_per_tracklet, sampling)],
        beside=beside,
        shown=showable[chosen_crops(scores[showable], parameters.shown_crops_per_tracklet, sampling)],
    )


def grant(wishes: Sequence[CropWishes], parameters: PickParameters) -> list[GrantedCrops]:
    """What each tracklet keeps: its wishes, if the job's bound allows all of them.

    Else the bound is allotted in four rounds, each fairly among all tracklets and before the next one begins (`allot`): four crops
    each, then crops compared over the whole tracklet, then those beside disturbances, then those that are only shown.
    """
    wanted = np.array([wishes_.rounds for wishes_ in wishes], np.int64).reshape(-1, 4)
    lengths = np.array([len(wishes_.scores) for wishes_ in wishes], np.int64)
    numbers = allot(list(wanted.T), lengths, parameters.max_crops_per_job).tolist()
    return [_granted(wishes_, number, parameters) for wishes_, number in zip(wishes, numbers, strict=True)]


def _granted(wishes: CropWishes, number: int, parameters: PickParameters) -> GrantedCrops:
    _, compared, with_beside, everything = wishes.rounds
    if number == everything:
        return GrantedCrops(np.union1d(wishes.compared, wishes.beside), wishes.shown)
    if number < compared:
        fewer = wishes.usable[chosen_crops(wishes.scores[wishes.usable], number, Sampling(parameters.sampling_strategy))]
        return GrantedCrops(fewer, fewer)
    beside = _thinned(np.setdiff1d(wishes.beside, wishes.compared), min(number, with_beside) - compared)
    embedded = np.union1d(wishes.compared, beside)
    shown = _thinned(np.setdiff1d(wishes.shown, embedded), number - len(embedded))
    return GrantedCrops(embedded, np.union1d(wishes.compared, shown))


def _thinned(places: Int64, count: int) -> Int64:
    return places[chosen_crops(np.zeros(len(places)), count, Sampling.UNIFORM)]
