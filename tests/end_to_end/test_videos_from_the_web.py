"""A video on an https host: fetched, processed as if it had been handed in, and never looked for where nobody may look."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from castlist.codec.documents import decode_json
from cli.main import main
from cli.output_folder import compare
from tests.certificates import Certificate, issue_certificate
from tests.end_to_end.conftest import Cluster, models_environment
from tests.end_to_end.test_embedded_run import write_video
from tests.web_host import Request, WebHost, web_host

pytestmark = pytest.mark.timeout(300)


def elsewhere(request: Request) -> None:
    request.send(302, Location=request.query)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Certificate:
    return issue_certificate(tmp_path_factory.mktemp("tls") / "host")


@pytest.fixture
def host(certificate: Certificate, tmp_path: Path) -> Iterator[WebHost]:
    grey = write_video(tmp_path / "grey.mp4").read_bytes()
    answers = {"/a/grey.mp4": grey, "/to": elsewhere, "/text.mp4": b"no video " * 100}
    with web_host(certificate, answers) as running:
        yield running


def settings(host: WebHost, certificate: Certificate) -> dict[str, str]:
    """An operator who lets this machine be reached."""
    return {
        "CASTLIST_FETCH_NETWORKS": "127.0.0.0/8,::1/128",
        "CASTLIST_FETCH_PORTS": str(host.port),
        "CASTLIST_FETCH_CA_FILE": str(certificate.authority),
    }


@pytest.fixture
def allowed(host: WebHost, certificate: Certificate, monkeypatch: pytest.MonkeyPatch) -> str:
    for name, value in (models_environment() | settings(host, certificate)).items():
        monkeypatch.setenv(name, value)
    return f"https://localhost:{host.port}"


def test_a_run_fetches_once_and_is_the_run_of_the_file(
    host: WebHost, allowed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    web, file = tmp_path / "web", tmp_path / "file"
    url = f"{allowed}/to?/a/grey.mp4"
    assert main(["run", url, "-o", str(web)]) == 0
    assert f"fetch    done  {(tmp_path / 'grey.mp4').stat().st_size:,} bytes\n" in capsys.readouterr().err
    assert main(["run", str(tmp_path / "grey.mp4"), "-o", str(file)]) == 0
    assert "fetch" not in capsys.readouterr().err
    assert compare(web, file) == ["differs: person_selection.html", "differs: run.json"], "where the video is from and its name"
    record, of_file = (decode_json((folder / "run.json").read_bytes())["video"] for folder in (web, file))
    assert record == of_file | {"file_name": "to", "url": f"{allowed}/to"}
    assert main(["run", url, "-o", str(web)]) == 0
    assert capsys.readouterr().err.count("reused from an earlier run") == 9
    assert host.asked["/a/grey.mp4"] == 1
    assert main(["run", url, "-o", str(web), "--from", "fetch"]) == 0
    assert host.asked["/a/grey.mp4"] == 2
    assert not list((web / ".castlist" / "scratch").iterdir())


@pytest.mark.parametrize(
    ("path", "code", "reason"),
    [
        ("/none.mp4", 3, "none.mp4: localhost:{port} has no such file (status 404): check the address"),
        ("/text.mp4", 3, "text.mp4: "),
        ("/to?https://169.254.169.254/latest", 3, "to: 169.254.169.254: port 443 is not fetched from"),
        ("/to?http://localhost/", 3, "to: localhost:{port} leads to another address that is not followed: only https addresses"),
    ],
)
def test_what_can_not_be_fetched_is_an_input_that_can_not_be_processed(
    host: WebHost, allowed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], path: str, code: int, reason: str
) -> None:
    assert main(["run", f"{allowed}{path}", "-o", str(tmp_path / "out"), "-q"]) == code
    assert f"castlist: {reason.format(port=host.port)}" in capsys.readouterr().err


def test_nobodys_word_is_needed_to_keep_out_of_this_machine(
    host: WebHost, allowed: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("CASTLIST_FETCH_NETWORKS")
    assert main(["run", f"{allowed}/a/grey.mp4?key=secret", "-o", str(tmp_path / "out"), "-q"]) == 3
    said = capsys.readouterr().err
    assert f"localhost:{host.port} is at an address that is loopback" in said
    assert "secret" not in said
    assert not host.asked


def test_the_services_give_the_bytes_of_the_embedded_run(
    host: WebHost, certificate: Certificate, allowed: str, cluster: Cluster, tmp_path: Path
) -> None:
    cluster.settings |= settings(host, certificate)
    cluster.start_all()
    url = f"{allowed}/a/grey.mp4?key=a-secret-of-the-address"
    submitted = cluster.cli("submit", url, "--job", "from-the-web", "-q")
    assert submitted.returncode == 0, submitted.stderr
    fetched = cluster.fetch("from-the-web")
    assert main(["run", url, "-o", str(tmp_path / "web"), "-q"]) == 0
    assert compare(tmp_path / "web", fetched) == []
    assert host.asked == {"/a/grey.mp4?key=a-secret-of-the-address": 2}
    for text in (cluster.logs(longest=1 << 30), *(file.read_text() for file in fetched.glob("*.json"))):
        assert "a-secret-of-the-address" not in text
