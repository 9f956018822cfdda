"""Where probes over the public path end up: hosts of the simulated world, and objects in S3."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from moto.s3.models import FakeBucket, FakeKey, s3_backends

from autopilot_lab.emulator.access.conditions import PolicyProblem
from autopilot_lab.emulator.access.documents import Statement, parse_document
from autopilot_lab.emulator.access.evaluation import Policies, Principal, Request, decide
from autopilot_lab.emulator.calls import Call
from autopilot_lab.emulator.faults import Faults
from autopilot_lab.emulator.moto_backend import ACCOUNT

_S3_HOST = re.compile(r"(?P<bucket>.+)\.s3[.-](?P<region>[a-z0-9-]+)\.amazonaws\.com")

#: The principal of a request without a signature; no statement names it, "*" means it too.
ANONYMOUS = Principal("arn:aws:iam::anonymous:user/anonymous", "anonymous")

OK, FORBIDDEN = 200, 403
_DECISIONS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Probe:
    """One unsigned request over the public path. `source` is the address it comes from."""

    scheme: str
    host: str
    port: int
    path: str
    source: str
    method: str = "GET"
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, and after how many seconds."""

    status: int
    body: bytes = b""
    seconds: float = 0.05


#: What a host answers at this instant; None when no connection comes about.
Host = Callable[[Probe], Answer | None]


class Endpoints:
    """Answers probes: the hosts that somebody serves, and S3's; others do not resolve."""

    def __init__(self, *, faults: Faults, now: Callable[[], float]) -> None:
        self._faults = faults
        self._now = now
        self._hosts: dict[str, Host] = {}

    def serve(self, name: str, host: Host) -> None:
        """Let a host be reachable under a name; a later call replaces it."""
        self._hosts[name.lower()] = host

    def serves(self, name: str) -> bool:
        """Whether somebody serves a host of that name."""
        return name.lower() in self._hosts

    def get(self, probe: Probe) -> Answer | None:
        """What a probe finds now; None without a connection."""
        host = self._hosts.get(probe.host.lower())
        if host is not None:
            return host(probe)
        match = _S3_HOST.fullmatch(probe.host)
        return self._object(probe, match["bucket"], match["region"]) if match else None

    def _object(self, probe: Probe, bucket_name: str, region: str) -> Answer | None:
        """An object, as anybody without credentials sees it.

        Who may not list the bucket gets 403 for an absent key as well, and nobody anonymous may
        (https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html).
        """
        call = Call("s3", "GetObject", region, caller="anonymous")
        if self._faults.lasting(call, self._now()):
            return None
        key = probe.path.lstrip("/")
        bucket = s3_backends[ACCOUNT]["aws"].buckets.get(bucket_name)
        if bucket is None or bucket.region_name != region:
            return Answer(404)
        found = bucket.keys.get(key)
        if not isinstance(found, FakeKey) or not _is_readable(bucket, key, probe):
            return Answer(FORBIDDEN)
        return Answer(OK, bytes(found.value))


def _is_readable(bucket: FakeBucket, key: str, probe: Probe) -> bool:
    arn = f"arn:aws:s3:::{bucket.name}/{key}"
    return _allows(bucket.name, bucket.policy, arn, probe.source, probe.scheme == "https")


@lru_cache(_DECISIONS_MAX)
def _allows(bucket: str, document: bytes | None, arn: str, source: str, is_tls: bool) -> bool:  # noqa: FBT001 - cached by place
    """Whether a bucket's policy lets anybody read an object; it depends on these words alone."""
    known = {"aws:sourceip": (source,), "aws:securetransport": (str(is_tls).lower(),)}
    request = Request(ANONYMOUS, "s3:GetObject", arn, known)
    return decide(request, Policies(resource=_policy(bucket, document))).allowed


def _policy(bucket: str, document: bytes | None) -> tuple[Statement, ...]:
    if not document:
        return ()
    try:
        return parse_document(f"policy of {bucket}", document.decode())
    except PolicyProblem:
        return ()
