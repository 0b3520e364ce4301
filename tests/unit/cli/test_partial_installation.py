"""Where only the client's part is installed, commands on services work, and the others say what is missing."""

import subprocess
import sys
import textwrap

from tests.conftest import REPOSITORY

CLIENT_COMMANDS = (
    "cancel",
    "compare",
    "dead",
    "delete",
    "editing",
    "fetch",
    "history",
    "jobs",
    "models",
    "retry",
    "secrets",
    "setup",
    "status",
    "submit",
    "watch",
)

BLOCKED = """
import sys

class Missing:
    names = ("cv2", "av", "onnxruntime", "PIL", "jinja2", "scipy", "h5py")

    def find_spec(self, name, path=None, target=None):
        top, _, rest = name.partition(".")
        if top in self.names or (top == "services" and rest and rest.split(".")[0] != "coordinator"):
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Missing())
"""


def without_the_services(code: str) -> subprocess.CompletedProcess[str]:
    script = BLOCKED + textwrap.dedent(code)
    return subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=False)


def test_commands_on_services_are_there() -> None:
    done = without_the_services(f"""
        from importlib import import_module
        for name in {CLIENT_COMMANDS}:
            assert callable(import_module("cli.commands." + name).execute)
        """)
    assert done.returncode == 0, done.stderr


def test_a_command_whose_parts_are_missing_says_so() -> None:
    done = without_the_services("from cli.main import main; sys.exit(main(['run', 'a.mp4', '-o', 'out']))")
    assert done.returncode == 2
    assert "this installation can't do `castlist run`: it lacks services.detector" in done.stderr


def test_help_loads_neither_numpy_nor_a_broker() -> None:
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "cli", "--help"], cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=True
    )
    loaded = {line.rpartition("|")[2].strip() for line in done.stderr.splitlines()}
    assert not loaded & {"numpy", "nats", "minio", "rich", "asyncio"}
