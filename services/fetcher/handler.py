"""The fetch stage: an address on the web to a video in the store."""

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from castlist.domain.egress import Egress
from castlist.domain.jobs import Task
from castlist.domain.source_url import parse_source_url
from castlist.ports import FileOutput, ObjectReader, TaskResult
from services.fetcher.network.downloading import Advance, Fetched, fetch, unheard

_OUR_NAME = "source"


class FetchHandler:
    """Fetches videos into a scratch folder, where each stays until it is stored."""

    def __init__(self, egress: Egress, scratch: Path | None = None, advance: Advance = unheard) -> None:
        self._egress = egress
        self._advance = advance
        self._scratch = scratch

    def __call__(self, task: Task, objects: ObjectReader) -> TaskResult:  # noqa: ARG002  all that it needs is on the web
        """No inputs. Raises `InputError` for what can't, or may not, be fetched, `TaskFailed` where there is no room for it."""
        url = parse_source_url(str(task.parameters["source.url"].value))
        if self._scratch is not None:
            self._scratch.mkdir(parents=True, exist_ok=True)
        folder = TemporaryDirectory(prefix="fetch-", dir=self._scratch)
        try:
            fetched = fetch(url, Path(folder.name) / _OUR_NAME, self._egress, advance=self._advance)
        except BaseException:
            folder.cleanup()
            raise
        return TaskResult((), {"bytes": fetched.length}, files=_handed_over(folder, fetched))


def _handed_over(folder: "TemporaryDirectory[str]", fetched: Fetched) -> Iterator[FileOutput]:
    with folder:
        yield FileOutput(_OUR_NAME, Path(folder.name) / _OUR_NAME, fetched.length, fetched.sha256)
