"""Whose access key that is: the operator's, a role session's; with the secret it signs with.

Inside the lab every role has one key, derived from its name (see `access_key_of`); sessions that
somebody assumed through STS have keys of their own in moto.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from moto.iam.models import Role, iam_backends
from moto.sts.models import sts_backends

from autopilot_lab.emulator.clock import Scheduler
from autopilot_lab.emulator.lambda_runner import access_key_of
from autopilot_lab.emulator.moto_backend import ACCOUNT

LAB_SECRET = "lab"  # noqa: S105 - signs requests that never leave this machine


@dataclass(frozen=True, slots=True)
class Caller:
    """A principal with one of its keys. `role_arn` is "" for the operator.

    `caller_id` and `user_id` are the unique ids of
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-unique-ids;
    that of a session carries its name behind a colon.
    """

    access_key: str
    secret: str
    user_arn: str
    user_id: str
    role_arn: str = ""
    session: str = ""


class Callers:
    """Finds callers by their access keys."""

    def __init__(self, *, scheduler: Scheduler) -> None:
        self._scheduler = scheduler
        self._operators: dict[str, str] = {}

    def add_operator(self, access_key: str, secret: str = LAB_SECRET) -> None:
        """Let a key be one of the operator's."""
        self._operators[access_key] = secret

    def find(self, access_key: str) -> Caller | None:
        """The caller that a key belongs to, if anybody's."""
        secret = self._operators.get(access_key)
        if secret is not None:
            return _operator(access_key, secret)
        assumed = sts_backends[ACCOUNT]["aws"].get_assumed_role_from_access_key(access_key)
        if assumed is not None:
            key = str(assumed.secret_access_key)
            role = next((one for one in _roles() if one.arn == assumed.role_arn), None)
            return _session(access_key, key, role, str(assumed.session_name)) if role else None
        role = next((one for one in _roles() if access_key_of(one.arn) == access_key), None)
        return _session(access_key, LAB_SECRET, role, self._session_name(role)) if role else None

    def _session_name(self, role: Role) -> str:
        """A function's session is named after the function that runs."""
        task = self._scheduler.current
        known = task.locals if task is not None else {}
        return str(known["caller"]) if known.get("role_arn") == role.arn else str(role.name)


def _roles() -> Iterable[Role]:
    return list(iam_backends[ACCOUNT]["aws"].roles.values())


def _operator(access_key: str, secret: str) -> Caller:
    """The operator, an IAM user."""
    number = uuid.uuid5(uuid.NAMESPACE_URL, access_key).hex[:16].upper()
    return Caller(access_key, secret, f"arn:aws:iam::{ACCOUNT}:user/operator", f"AIDA{number}")


def _session(access_key: str, secret: str, role: Role, session: str) -> Caller:
    return Caller(
        access_key,
        secret,
        f"arn:aws:sts::{ACCOUNT}:assumed-role/{role.name}/{session}",
        f"{role.id}:{session}",
        role.arn,
        session,
    )
