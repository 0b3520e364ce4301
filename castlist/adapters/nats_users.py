"""nats-server's list of users, with their rights, in the form of its configuration file."""

import json
from collections.abc import Mapping, Sequence

from castlist.rights import broker_rights

_HEAD = "# Made by `castlist secrets` from castlist/rights.py, anew when that changes.\n"


def format_users(passwords: Mapping[str, str]) -> str:
    """An `authorization` block that lets each principal in with its password, to do what it has rights for."""
    users = "".join(_user(principal, password) for principal, password in passwords.items())
    return f"{_HEAD}authorization {{\n  timeout: 2\n  users: [\n{users}  ]\n}}\n"


def _user(principal: str, password: str) -> str:
    rights = broker_rights(principal)
    permissions = [f"publish: {_listed(rights.publish)}", f"subscribe: {_listed(rights.subscribe)}"]
    if rights.answers:
        permissions.append('allow_responses: { max: 1, expires: "1m" }')
    listed = "".join(f"        {line}\n" for line in permissions)
    login = f"user: {json.dumps(principal)}, password: {json.dumps(password)}"
    return f"    {{\n      {login}\n      permissions: {{\n{listed}      }}\n    }}\n"


def _listed(subjects: Sequence[str]) -> str:
    return "[" + ", ".join(map(json.dumps, subjects)) + "]"
