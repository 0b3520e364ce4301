import hashlib
import ipaddress
from pathlib import Path

import pytest

from castlist.adapters.directory_store import DirectoryStore
from castlist.domain.egress import Egress
from castlist.domain.jobs import NamedObject, ObjectRef, Parameter, Stage, Task
from castlist.errors import InputError
from castlist.worker.execution import Executor
from castlist.worker.objects import VerifiedReader
from services.fetcher.handler import FetchHandler
from tests.certificates import issue_certificate
from tests.web_host import WebHost, web_host

VIDEO = bytes(range(256)) * 100


def task(host: WebHost, path: str, attempt: int = 0) -> Task:
    url = f"https://localhost:{host.port}{path}"
    return Task("j", Stage.FETCH, 0, attempt, {"source.url": Parameter(url, "request")}, ())


def test_a_video_is_stored_once_and_leaves_nothing_behind(tmp_path: Path) -> None:
    certificate = issue_certificate(tmp_path / "tls")
    store, scratch = DirectoryStore(tmp_path / "store"), tmp_path / "made" / "when needed"
    with web_host(certificate, {"/film.mp4": VIDEO}) as host:
        networks = (ipaddress.ip_network("127.0.0.0/8"), ipaddress.ip_network("::1/128"))
        egress = Egress(networks, (host.port,), ca_file=str(certificate.authority))
        executor = Executor(FetchHandler(egress, scratch), store, VerifiedReader(store, tmp_path / "cache"), "digest")
        done = executor.execute(task(host, "/film.mp4"))
        again = executor.execute(task(host, "/film.mp4", attempt=1))
        with pytest.raises(InputError, match="has no such file"):
            executor.execute(task(host, "/none.mp4"))
    sha256 = hashlib.sha256(VIDEO).hexdigest()
    source = NamedObject("source", ObjectRef(f"jobs/j/fetch/0/{sha256[:32]}/source", len(VIDEO), sha256))
    assert (done.outputs, done.counts, done.reused) == ((source,), {"bytes": len(VIDEO)}, False)
    assert (again.outputs, again.counts, again.reused) == ((source,), {"bytes": len(VIDEO)}, True)
    assert store.get(source.ref.key) == VIDEO
    assert host.asked["/film.mp4"] == 1
    assert list(scratch.iterdir()) == []
