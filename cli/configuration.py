"""What the command line, the environment and the configuration file say about parameters, gathered for a request."""

import os
import tomllib
from argparse import Namespace
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from castlist.domain.configuration import Configuration, Profile, read_configuration
from castlist.domain.jobs import Parameter, Settings, Stage
from castlist.domain.parameter_names import VARIABLE_PREFIX, no_such, parameter_of
from castlist.domain.profiles import PROFILES
from castlist.domain.resolving import resolve, setting_faults
from castlist.errors import UsageError
from cli.parameter_arguments import parse_overrides

DEFAULT_FILE = "castlist.toml"
_LARGEST_FILE_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Choice:
    """All that is said about a job's parameters. `profiles` are those that could be named; `file` is None where there is none."""

    overrides: dict[str, str]
    settings: Settings
    profiles: Mapping[str, Profile]
    file: Path | None

    def parameters(self) -> Mapping[Stage, Mapping[str, Parameter]]:
        """Every parameter with its source."""
        return resolve(self.overrides, self.settings)


def read_choice(options: Namespace, environ: Mapping[str, str] = os.environ) -> Choice:
    """From `--set`, `--profile` and `--config`, as far as the command has them, the environment, and the file in the current folder.

    Raises `UsageError` that lists the faults of all places at once.
    """
    overrides = parse_overrides(getattr(options, "overrides", ()))
    file = _file(getattr(options, "config_file", None), environ)
    found = read_configuration(_document(file), PROFILES) if file is not None else Configuration()
    profiles = {**PROFILES, **found.profiles}
    faults = [f"{file}: {fault}" for fault in found.faults]
    profile = _profile(getattr(options, "profile", None), environ, found, profiles, faults)
    settings = Settings(
        environment=environment_values(environ),
        profile=profile,
        profile_values=found.profiles[profile].values if profile in found.profiles else {},
        file_values=found.values,
        file_name=file.name if file is not None else "",
    )
    faults += setting_faults(overrides, settings)
    if faults:
        raise UsageError("\n  ".join(["these settings can't be used:", *faults]) if len(faults) > 1 else faults[0])
    return Choice(overrides, settings, profiles, file)


def environment_values(environ: Mapping[str, str]) -> dict[str, str]:
    """`CASTLIST_SET_DETECT_NMS_IOU=0.6` as `detect.nms_iou`; empty ones say nothing."""
    return {parameter_of(name): value for name, value in environ.items() if name.startswith(VARIABLE_PREFIX) and value}


def models_of(choice: Choice) -> dict[str, str]:
    """The models that a job asks for, by the parameters that name them; one that needs no weights where nobody is compared by looks."""
    parameters = choice.parameters()
    plan, compares = parameters[Stage.PLAN], parameters[Stage.DETECT]["crops"].value and parameters[Stage.PICK]["embed"].value
    embedder = str(plan["embedder"].value) if compares else "colour_stripes"
    return {f"{Stage.PLAN}.detector": str(plan["detector"].value), f"{Stage.PLAN}.embedder": embedder}


def told(choice: Choice) -> str:
    """A line that says what else than the command itself has a say, empty if nothing."""
    settings = choice.settings
    parts = [f"settings from {choice.file}"] if choice.file is not None and settings.file_values else []
    parts += [f"profile {settings.profile}"] if settings.profile else []
    parts += ["settings from the environment"] if settings.environment else []
    return ", ".join(parts)


def _profile(
    named: str | None, environ: Mapping[str, str], found: Configuration, profiles: Mapping[str, Profile], faults: list[str]
) -> str:
    """The profile that is named, by the command line before the environment before the file; empty where none is."""
    places = (("--profile", named), ("CASTLIST_PROFILE", environ.get("CASTLIST_PROFILE")), ("", found.profile))
    place, profile = next(((place, name) for place, name in places if name), ("", ""))
    if profile and profile not in profiles:
        faults.append(f"{place}: {no_such('profile', profile, list(profiles))}; there are {', '.join(profiles)}")
        return ""
    return profile or ""


def _file(named: Path | None, environ: Mapping[str, str]) -> Path | None:
    if named is not None:
        return named
    if environ.get("CASTLIST_CONFIG"):
        return Path(environ["CASTLIST_CONFIG"])
    return Path(DEFAULT_FILE) if Path(DEFAULT_FILE).exists() else None


def _document(file: Path) -> Mapping[str, object]:
    """Raises `UsageError` for a file that can't be read, or is no TOML."""
    try:
        with file.open("rb") as opened:
            data = opened.read(_LARGEST_FILE_BYTES + 1)
        if len(data) > _LARGEST_FILE_BYTES:
            raise UsageError(f"{file} is larger than any configuration file: name another one with --config")
        return tomllib.loads(data.decode("utf-8-sig"))  # some editors put a mark in front
    except OSError as error:
        raise UsageError(f"the configuration file {file} can't be read ({error.strerror}): correct --config or CASTLIST_CONFIG") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{file} is no UTF-8 text at byte {error.start}: save it as UTF-8") from error
    except tomllib.TOMLDecodeError as error:
        raise UsageError(f"{file} is no TOML: {error}") from error
