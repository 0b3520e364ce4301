"""What stands behind a request's own values, as a part of its message."""

from castlist.contracts.v1 import jobs_pb2
from castlist.domain.jobs import NO_SETTINGS, Settings


def encode_settings(settings: Settings) -> jobs_pb2.Settings | None:
    if settings == NO_SETTINGS:
        return None
    return jobs_pb2.Settings(
        profile=settings.profile,
        profile_values=dict(settings.profile_values),
        environment=dict(settings.environment),
        file_values=dict(settings.file_values),
        file_name=settings.file_name,
    )


def decode_settings(message: jobs_pb2.Settings) -> Settings:
    return Settings(
        environment=dict(message.environment),
        profile=message.profile,
        profile_values=dict(message.profile_values),
        file_values=dict(message.file_values),
        file_name=message.file_name,
    )
