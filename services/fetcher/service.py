"""Fetches videos from the web: the only service that has a way out."""

from castlist.domain.egress import PUBLIC_WEB, Egress
from castlist.domain.jobs import Stage
from castlist.worker.assembly import Surroundings, assemble
from castlist.worker.runtime import Worker
from services.fetcher.handler import FetchHandler
from services.fetcher.network.downloading import Advance, unheard

AT_A_TIME = 4
"""Videos that are fetched side by side: mostly waited for."""

FETCHED_ONCE = "what the web held when it was asked"
"""In place of the code's digest: another version of Castlist goes on with the video that an earlier one has fetched."""


def build(surroundings: Surroundings, egress: Egress = PUBLIC_WEB, advance: Advance = unheard) -> Worker:
    """The fetcher's worker, for services and embedded runs alike; these show how far each video is."""
    handler = FetchHandler(egress, surroundings.scratch, advance)
    return assemble(surroundings, "services.fetcher", {Stage.FETCH: (handler, AT_A_TIME)}, digest=FETCHED_ONCE)
