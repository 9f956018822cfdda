"""Role sessions that somebody assumed through STS: whose calls are theirs, and what they may do.

A session may do what both its role and its session policy allow
(https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies.html#policies_session).
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from moto.sts.models import sts_backends

from autopilot_lab.emulator import wire
from autopilot_lab.emulator.access.documents import Statement
from autopilot_lab.emulator.access.roles import load
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.moto_backend import ACCOUNT

_CREDENTIAL = re.compile(r"Credential=([^/]+)/")


def as_session(call: Call, request: wire.Request) -> Call:
    """The call under the role whose session signed it; the same call for everybody else."""
    backend: Any = sts_backends[ACCOUNT]["aws"]
    if not backend.assumed_roles:
        return call
    signed = _CREDENTIAL.search(request.headers.get("authorization", ""))
    assumed = backend.get_assumed_role_from_access_key(signed.group(1)) if signed else None
    if assumed is None:
        return call
    return replace(call, role_arn=str(assumed.role_arn), session_policy=str(assumed.policy or ""))


def session_statements(call: Call) -> tuple[Statement, ...] | None:
    """What the policy of the call's session allows; None when it has no policy of its own."""
    return load("session policy", call.session_policy) if call.session_policy else None
