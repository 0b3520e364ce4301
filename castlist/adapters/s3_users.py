"""Users and policies of an S3 server with MinIO's administration API: MinIO itself and its drop-ins."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import urllib3
from minio.credentials.providers import StaticProvider
from minio.error import MinioAdminException
from minio.minioadmin import MinioAdmin

from castlist.errors import AccessDenied, CastlistError, DependencyUnavailable, UsageError
from castlist.rights import ObjectRights

_TIMEOUT = urllib3.Timeout(connect=3.0, read=10.0)
_DENIED = ("AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch")
_READ = ("s3:GetObject",)
_WRITE = ("s3:PutObject", "s3:AbortMultipartUpload", "s3:ListMultipartUploadParts")
_DELETE = ("s3:DeleteObject",)


_WITHOUT_USERS = (
    "if it has no users and policies of MinIO's kind, set CASTLIST_S3_POLICIES=0 and run `castlist secrets` again, "
    "which gives its root key to every service"
)


@dataclass(frozen=True, slots=True)
class S3Key:
    """Who a user of the object store is, and the secret that proves it."""

    user: str
    secret: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class S3User:
    """A user with its rights to the objects of one bucket."""

    key: S3Key
    rights: ObjectRights


class S3Users:
    """The users of a server, seen with its root key."""

    def __init__(self, endpoint: str, root: S3Key, *, secure: bool, ca_file: Path | None = None, region: str = "us-east-1") -> None:
        self._place = f"{'https' if secure else 'http'}://{endpoint}"
        http = urllib3.PoolManager(timeout=_TIMEOUT, retries=False, ca_certs=str(ca_file) if ca_file else None)
        provider = StaticProvider(root.user, root.secret)
        self._admin = MinioAdmin(endpoint=endpoint, credentials=provider, region=region, secure=secure, http_client=http)

    def ensure(self, user: S3User, bucket: str) -> None:
        """Create a user and its policy, or change them to this. Raises `UsageError` where the server knows no users."""
        policy = f"castlist-{user.key.user}"
        try:
            self._admin.policy_add(policy, policy=policy_document(user.rights, bucket))
            self._admin.user_add(user.key.user, user.key.secret)
            self._admin.policy_set(policy, user=user.key.user)
        except MinioAdminException as error:
            raise self._meaning(error) from error
        except urllib3.exceptions.HTTPError as error:
            raise DependencyUnavailable(f"the object store at {self._place} does not answer: {error}") from error

    def _meaning(self, error: MinioAdminException) -> CastlistError:
        status, body = error.args[0], error._body  # noqa: SLF001 (it has no other way to say why)
        try:
            answer: Mapping[str, str] = json.loads(body)
            code, message = answer["Code"], answer["Message"]
        except (ValueError, KeyError, TypeError):
            return UsageError(f"the object store at {self._place} lets no users be made ({status[:100]}): {_WITHOUT_USERS}")
        if code in _DENIED:
            return AccessDenied(f"the object store at {self._place} refused the root key: {message}")
        return UsageError(f"the object store at {self._place} made no user: {message} ({code}); {_WITHOUT_USERS}")


def policy_document(rights: ObjectRights, bucket: str) -> dict[str, Any]:
    """A policy in S3's language. Listing is of names alone; without it S3 answers "denied" for an object that is not there."""
    statements = [_allow(("s3:ListBucket", "s3:GetBucketLocation"), [f"arn:aws:s3:::{bucket}"])]
    for actions, keys in ((_READ, rights.read), (_WRITE, rights.write), (_DELETE, rights.delete)):
        if keys:
            statements.append(_allow(actions, [f"arn:aws:s3:::{bucket}/{key}" for key in keys]))
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(actions: tuple[str, ...], resources: list[str]) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": resources}
