"""The committed protobuf code is what `make protos` writes from the messages, and the messages pass buf's rules."""

import subprocess
import sys
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]
PROTOS = REPOSITORY / "protos"
GENERATED = Path("castlist/contracts/v1")


def generate(folder: Path) -> None:
    messages = sorted(str(path) for path in (PROTOS / GENERATED).glob("*.proto"))
    options = [f"--proto_path={PROTOS}", f"--python_out={folder}", f"--pyi_out={folder}"]
    subprocess.run([sys.executable, "-m", "grpc_tools.protoc", *options, *messages], check=True)


def test_committed_code_is_what_protoc_writes(tmp_path):
    generate(tmp_path)
    fresh = {path.name: path.read_text() for path in (tmp_path / GENERATED).iterdir()}
    committed = {path.name: path.read_text() for path in (REPOSITORY / GENERATED).glob("*_pb2.py*")}
    assert sorted(fresh) == sorted(committed)
    stale = [name for name, text in sorted(fresh.items()) if committed[name] != text]
    assert stale == [], "run `make protos` and commit what it writes"


def test_nothing_but_generated_code_lies_beside_it():
    others = {path.name for path in (REPOSITORY / GENERATED).iterdir()} - {"__init__.py", "__pycache__"}
    assert [name for name in sorted(others) if not name.endswith(("_pb2.py", "_pb2.pyi"))] == []


def test_messages_pass_buf_lint():
    buf = Path(sys.executable).with_name("buf")
    result = subprocess.run([buf, "lint", str(PROTOS)], capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout + result.stderr
