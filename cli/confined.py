"""Work on files from anywhere in a process of its own: with little memory, no settings and no credentials, so that a file that
crashes or floods it costs no more than an error.

`python -m cli.confined WORK SOURCE TARGET [GZIP_LEVEL]` is what that process runs.
"""

import os
import resource
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from castlist.codec.documents import decode_json, encode_json
from castlist.errors import CastlistError, InputError, UsageError

_BASE_BYTES = 2 << 30
_PER_FILE_BYTE = 3
_CPU_S, _CPU_S_PER_BYTE = 60, 4e-6  # 0.03e-6 was measured; a few hundred bytes can ask for centuries, as nested keys of a pickle do
_REFUSED = 3


def run_confined(work: str, source: Path, target: Path, gzip_level: int | None = None) -> Mapping[str, Any]:
    """Do a piece of work (`cli.crop_conversion.WORK`) on `source`; `target` appears whole or not at all. Returns what it counted.

    Raises `InputError` that says what is wrong with the source.
    """
    partial = target.with_name(f".{target.name}.partial")
    package = Path(__file__).resolve().parents[1]
    command = [sys.executable, "-P", "-m", "cli.confined", work, str(source), str(partial), "" if gzip_level is None else str(gzip_level)]
    kept = {name: os.environ[name] for name in ("LANG", "LD_LIBRARY_PATH", "PATH") if name in os.environ}
    environment = kept | {"PYTHONPATH": str(package), "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    try:
        done = subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)
        if done.returncode == 0:
            partial.replace(target)
            counts: Mapping[str, Any] = decode_json(done.stdout)
            return counts
    except OSError as fault:
        raise UsageError(f"{target} can't be written: {fault.strerror}") from fault
    finally:
        partial.unlink(missing_ok=True)
    if done.returncode == _REFUSED:
        raise InputError(done.stderr.decode(errors="replace").strip())
    raise InputError(f"{source.name} broke the process that read it ({_how(done.returncode)}): it is damaged, or made to do so")


def _how(code: int) -> str:
    return signal.Signals(-code).name if code < 0 else f"exit code {code}"


def _limit(source: Path) -> None:
    length = source.stat().st_size
    most, cpu_s = _BASE_BYTES + _PER_FILE_BYTE * length, _CPU_S + int(_CPU_S_PER_BYTE * length)
    # SIGXCPU comes at the lower limit and says what it was, SIGKILL at the upper one.
    for kind, limits in ((resource.RLIMIT_AS, (most, most)), (resource.RLIMIT_CPU, (cpu_s, cpu_s + 5)), (resource.RLIMIT_CORE, (0, 0))):
        with suppress(ValueError, OSError):  # a lower limit is set already, or this system has none of the kind
            resource.setrlimit(kind, limits)


def _main(work: str, source: str, target: str, gzip_level: str) -> int:
    from cli.crop_conversion import WORK  # noqa: PLC0415 - loaded before memory is limited, and in this process only

    _limit(Path(source))
    try:
        counts = WORK[work](Path(source), Path(target), int(gzip_level) if gzip_level else None)
    except CastlistError as error:
        print(error, file=sys.stderr)
        return _REFUSED
    except MemoryError:
        print(f"{Path(source).name} asks for more memory than a file of its size may", file=sys.stderr)
        return _REFUSED
    except OSError as error:
        print(f"{error.filename or target}: {error.strerror}", file=sys.stderr)
        return _REFUSED
    sys.stdout.buffer.write(encode_json(counts))
    return 0


if __name__ == "__main__":
    code = _main(*sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)
