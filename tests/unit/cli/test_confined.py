"""A file that breaks the process which reads it is an error, and nothing else; `castlist crops` runs the rest, see test_crops.py."""

import subprocess
import sys
from pathlib import Path

import pytest

from castlist.errors import InputError, UsageError
from cli.confined import run_confined


def as_interpreter(monkeypatch, tmp_path, script: str) -> None:
    """The process is this script, which gets the arguments -P -m cli.confined WORK SOURCE TARGET LEVEL."""
    path = tmp_path / "interpreter"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(path))


@pytest.mark.parametrize(("script", "how"), [("kill -SEGV $$", "SIGSEGV"), ("kill -XCPU $$", "SIGXCPU"), ("exit 1", "exit code 1")])
def test_a_crash_is_bad_input_and_leaves_nothing(tmp_path, monkeypatch, script, how):
    as_interpreter(monkeypatch, tmp_path, f'echo half > "$6"; {script}')
    with pytest.raises(InputError, match=rf"theirs\.h5 broke the process that read it \({how}\)"):
        run_confined("import", Path("theirs.h5"), tmp_path / "new.h5")
    assert [path.name for path in tmp_path.iterdir()] == ["interpreter"]


def test_the_process_knows_no_settings_and_no_credentials(tmp_path, monkeypatch):
    as_interpreter(monkeypatch, tmp_path, 'env > "$6"; echo "{}"')
    monkeypatch.setenv("CASTLIST_S3_SECRET_KEY", "secret")
    assert run_confined("import", Path("theirs.h5"), tmp_path / "seen") == {}
    assert "CASTLIST" not in (tmp_path / "seen").read_text()


def test_what_can_not_be_written_is_said(tmp_path, monkeypatch):
    as_interpreter(monkeypatch, tmp_path, 'echo "{}"')
    with pytest.raises(UsageError, match="can't be written: No such file"):
        run_confined("import", Path("theirs.h5"), tmp_path / "new.h5")


def test_a_small_file_may_take_a_minute_and_little_more_memory_than_python_does(tmp_path):
    """A process limits itself, and says what it may: keys within keys in a pickle of 400 bytes ask for centuries."""
    (tmp_path / "small.pkl").write_bytes(bytes(400))
    script = "import sys, resource as r; from pathlib import Path; from cli.confined import _limit; _limit(Path(sys.argv[1])); "
    script += "print(r.getrlimit(r.RLIMIT_CPU), r.getrlimit(r.RLIMIT_AS)[0] >> 20, r.getrlimit(r.RLIMIT_CORE))"
    done = subprocess.run([sys.executable, "-c", script, str(tmp_path / "small.pkl")], capture_output=True, text=True, check=True)
    assert done.stdout == "(60, 65) 2048 (0, 0)\n"
