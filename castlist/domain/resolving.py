"""What holds for a job: request before environment before profile before configuration file before default."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from functools import lru_cache

from castlist.domain.jobs import NO_SETTINGS, Parameter, Settings, Stage
from castlist.domain.parameter_fields import default_of, parse
from castlist.domain.parameter_names import ALIASES, find, no_such, variable_of
from castlist.domain.parameters import STAGE_PARAMETERS
from castlist.domain.profiles import PROFILES
from castlist.errors import UsageError

REQUEST, ENVIRONMENT, DEFAULT = "request", "environment", "default"


@dataclass(frozen=True, slots=True)
class Layer:
    """What one place says, `stage.name` and text, by name. `source` is how `run.json` names the place."""

    source: str
    values: tuple[tuple[str, str], ...]


def resolve(overrides: Mapping[str, str], settings: Settings = NO_SETTINGS) -> Mapping[Stage, Mapping[str, Parameter]]:
    """Every parameter of every stage, each from the first place that names it.

    Raises `UsageError` that lists all faults of all places at once, each with the nearest name or the allowed range.
    """
    places = layers(overrides, settings)
    if settings.profile and not _profile_values(settings):
        raise UsageError("; ".join(setting_faults(overrides, settings)))
    return _resolve(places)


def layers(overrides: Mapping[str, str], settings: Settings) -> tuple[Layer, ...]:
    """All places that say something, the one that goes before the others first."""
    said = (
        (REQUEST, overrides),
        (ENVIRONMENT, settings.environment),
        (f"profile {settings.profile}", _profile_values(settings)),
        (f"file {settings.file_name}", settings.file_values),
    )
    return tuple(Layer(source, tuple(sorted(values.items()))) for source, values in said if values)


def setting_faults(overrides: Mapping[str, str], settings: Settings) -> list[str]:
    """All that is wrong in any place, which may be nothing."""
    unknown = [no_such("profile", settings.profile, list(PROFILES))] if settings.profile and not _profile_values(settings) else []
    return [*unknown, *(fault for place in layers(overrides, settings) for fault in _faults_of(place))]


def _profile_values(settings: Settings) -> Mapping[str, str]:
    own = PROFILES.get(settings.profile)
    return settings.profile_values or (own.values if own is not None else {})


def _faults_of(place: Layer) -> Iterator[str]:
    names = {name for name, _ in place.values}
    for alias, name in ALIASES.items():
        if {alias, name} <= names:
            yield f"{_spot(place, alias)}{alias} is another name of {name}: give one of the two"
    for name, text in place.values:
        try:
            _, spec = find(name)
            parse(spec, text, name)
        except UsageError as fault:
            yield f"{_spot(place, name)}{fault}"


def _spot(place: Layer, name: str) -> str:
    """Where a user looks for a fault; one in the request needs no more than the parameter's name."""
    if place.source == REQUEST:
        return ""
    return f"{variable_of(name) if place.source == ENVIRONMENT else place.source}: "


@lru_cache(maxsize=64)
def _resolve(places: tuple[Layer, ...]) -> Mapping[Stage, Mapping[str, Parameter]]:
    faults = [fault for place in places for fault in _faults_of(place)]
    if faults:
        raise UsageError("; ".join(faults))
    resolved = {
        stage: {spec.name: Parameter(default_of(spec), DEFAULT) for spec in fields(kind)} for stage, kind in STAGE_PARAMETERS.items()
    }
    for place in reversed(places):
        for name, text in place.values:
            stage, spec = find(name)
            resolved[stage][spec.name] = Parameter(parse(spec, text, name), place.source)
    return resolved
