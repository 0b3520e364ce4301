"""A broker and a store that let in whom a folder of secrets names, each with its own rights and no more."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from castlist.adapters.minio_store import MinioStore
from castlist.adapters.nats_client import NatsCredentials
from castlist.credentials import read_settings
from castlist.rights import PRINCIPALS
from cli.secrets_folder import Owners, write_secrets
from tests.certificates import Certificate
from tests.servers import NatsServer, S3Server, nats_server, s3_server


class GuardedServers(NamedTuple):
    nats: NatsServer
    s3: S3Server
    secrets: Path
    authority: Path | None = None

    def credentials_file(self, principal: str) -> Path:
        return self.secrets / principal / "credentials.env"

    def nats_credentials(self, principal: str) -> NatsCredentials:
        settings = read_settings(self.credentials_file(principal))
        return NatsCredentials(settings["CASTLIST_NATS_USER"], settings["CASTLIST_NATS_PASSWORD"], tls_ca_file=self.authority)

    def secret_values(self) -> list[str]:
        """All passwords and keys."""
        settings = [read_settings(self.credentials_file(principal)) for principal in PRINCIPALS]
        return [each[name] for each in settings for name in ("CASTLIST_NATS_PASSWORD", "CASTLIST_S3_SECRET_KEY")]

    def store(self, principal: str, bucket: str = "castlist") -> MinioStore:
        settings = read_settings(self.credentials_file(principal))
        key = settings["CASTLIST_S3_ACCESS_KEY"], settings["CASTLIST_S3_SECRET_KEY"]
        return MinioStore(self.s3.endpoint, *key, bucket, secure=self.authority is not None, ca_file=self.authority)

    def addresses(self) -> dict[str, str]:
        places = {"CASTLIST_NATS_URL": self.nats.url, "CASTLIST_S3_ENDPOINT": self.s3.endpoint}
        return places | ({"CASTLIST_S3_SECURE": "1", "CASTLIST_TLS_CA_FILE": str(self.authority)} if self.authority else {})


@contextmanager
def guarded_servers(folder: Path, certificate: Certificate | None = None) -> Iterator[GuardedServers]:
    """Running servers, whose streams, bucket and users `castlist setup` has yet to make; with a certificate, over TLS."""
    secrets = folder / "secrets"
    write_secrets(secrets, own_s3_users=True, addresses={}, owners=Owners())
    users = (secrets / "nats" / "users.conf").read_text()
    root = read_settings(secrets / "setup" / "credentials.env")
    key = root["CASTLIST_S3_ACCESS_KEY"], root["CASTLIST_S3_SECRET_KEY"]
    with (
        nats_server(folder / "nats", settings=users, certificate=certificate) as nats,
        s3_server(folder / "s3", key, certificate) as s3,
    ):
        yield GuardedServers(nats, s3, secrets, certificate.authority if certificate else None)
