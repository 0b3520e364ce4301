"""`castlist config`: every parameter with its value, and where the value comes from."""

from argparse import Namespace
from pathlib import Path

from castlist.codec.documents import encode_json
from castlist.domain.jobs import Stage
from castlist.errors import UsageError
from cli.configuration import read_choice, told
from cli.configuration_view import as_document, as_file, as_table
from cli.exit_codes import DONE


def execute(options: Namespace) -> int:
    """Show what a job would get, or write it down as a configuration file."""
    choice = read_choice(options)
    stages = (options.stage,) if options.stage else tuple(Stage)
    if options.write:
        _write(options.write, as_file(choice.parameters()))
        print(options.write)
    elif options.json:
        print(encode_json(as_document(choice, stages)).decode(), end="")
    else:
        print(as_table(choice, stages))
        places = told(choice)
        print(f"\n{places}" if places else "\nno configuration file, profile or environment has a say")
    return DONE


def _write(file: Path, text: str) -> None:
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(text)
    except FileExistsError:
        raise UsageError(f"{file} exists already: name another file, or remove it first") from None
    except OSError as error:
        raise UsageError(f"{file} can't be written ({error.strerror}): name another file") from error
