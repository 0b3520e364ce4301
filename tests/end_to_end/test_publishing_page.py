"""The program on docs/publishing.md starts a job, with a client's rights and no code of Castlist but the compiled messages."""

import ast
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from castlist.credentials import read_settings
from cli.output_folder import compare
from tests.conftest import REPOSITORY
from tests.end_to_end.conftest import CLIP, Cluster

pytestmark = pytest.mark.timeout(300)

PROGRAM = re.search(r"```python\n(.*?)```", (REPOSITORY / "docs" / "publishing.md").read_text(), re.DOTALL)[1]  # type: ignore[index]


def run_program(cluster: Cluster, *arguments: str) -> subprocess.CompletedProcess[str]:
    folder = cluster.folder / "elsewhere"
    (folder / "secrets").mkdir(parents=True, exist_ok=True)
    settings = read_settings(cluster.servers.credentials_file("client")) | cluster.servers.addresses()
    (folder / "secrets" / "client.env").write_text("# a remark\n" + "".join(f"{name}={value}\n" for name, value in settings.items()))
    (folder / "publish.py").write_text(PROGRAM)
    command = [sys.executable, "publish.py", *arguments]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(REPOSITORY)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False)


def test_it_imports_nothing_of_castlist_but_the_messages():
    modules = {node.module for node in ast.walk(ast.parse(PROGRAM)) if isinstance(node, ast.ImportFrom)}
    names = {alias.name for node in ast.walk(ast.parse(PROGRAM)) if isinstance(node, ast.Import) for alias in node.names}
    assert modules | names <= {"asyncio", "hashlib", "sys", "pathlib", "nats", "minio", "castlist.contracts.v1.jobs_pb2"}


def test_it_starts_a_job_that_gives_the_embedded_bytes(cluster: Cluster, embedded_results: Path) -> None:
    cluster.start_all()
    done = run_program(cluster, str(CLIP), "by-hand")
    assert (done.returncode, done.stderr) == (0, "")
    assert re.fullmatch(r"by-hand is number \d+ of stream JOBS\n", done.stdout)
    assert compare(embedded_results, cluster.fetch("by-hand")) == []
    again = run_program(cluster, str(CLIP), "by-hand")
    assert again.returncode == 1
    assert "wrong last sequence" in again.stderr
