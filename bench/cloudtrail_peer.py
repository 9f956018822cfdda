"""The peer: `aws cloudtrail validate-logs`, unmodified, over a trail that it finds valid.

Hourly digests, each signed and chained as CloudTrail's are
(https://docs.aws.amazon.com/awscloudtrail/latest/userguide/cloudtrail-log-file-validation-digest-file-structure.html),
over log files of gzip -6 JSON that hold the same entries as ours.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import gzip
import hashlib
import importlib
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
TRAIL: Final = "bench"
BUCKET: Final = "bench-trail"
ARN: Final = f"arn:aws:cloudtrail:{REGION}:{ACCOUNT}:trail/{TRAIL}"
START: Final = datetime(2026, 1, 1, tzinfo=UTC)
HOURS: Final = 24


@dataclass(slots=True)
class Digested:
    """Every object of the trail with its metadata, and the public key of its digests."""

    objects: dict[str, tuple[bytes, dict[str, str]]] = field(default_factory=dict)
    public_key: dict[str, str] = field(default_factory=dict)


def build(files: Sequence[Sequence[bytes]]) -> Digested:
    """A valid trail over these log files, each a list of JSON entries."""
    rsa: Any = importlib.import_module("rsa")
    public, private = rsa.newkeys(2048)
    der = public.save_pkcs1("DER")
    trail = Digested()
    print_ = hashlib.md5(der, usedforsecurity=False).hexdigest()
    trail.public_key = {"Fingerprint": print_, "Value": base64.b64encode(der).decode()}
    signature: str | None = None
    previous: str | None = None
    for hour in range(HOURS):
        end = START + timedelta(hours=hour + 1)
        logs = [
            _log(trail, f"{hour:02d}{number:05d}", entries, end)
            for number, entries in enumerate(files[hour::HOURS])
        ]
        key = _digest_key(end)
        body = json.dumps(_digest(end, key, print_, previous, signature, logs)).encode()
        signed = f"{_stamp(end)}\n{BUCKET}/{key}\n{_sha256(body)}\n{signature or 'null'}".encode()
        signature = binascii.hexlify(rsa.sign(signed, private, "SHA-256")).decode()
        metadata = {"signature": signature, "signature-algorithm": "SHA256withRSA"}
        trail.objects[key] = (gzip.compress(body, 6), metadata)
        previous = key
    return trail


class InMemory:
    """The validator's own `_call`, with clients that answer from memory."""

    def __init__(self, trail: Digested) -> None:
        """Validate this trail."""
        importlib.import_module("awscli")  # first: newer ones bring a botocore of their own
        session = importlib.import_module("botocore.session").Session()
        module = importlib.import_module("awscli.customizations.cloudtrail.validation")
        self._make = module.CloudTrailValidateLogs
        self._session = session
        self._body = importlib.import_module("botocore.response").StreamingBody
        self._trail = trail

    def run(self) -> int:
        """Validate all; return how many files were found valid."""
        command = self._make(self._session)
        command.trail_arn, command.s3_bucket = ARN, BUCKET
        command.s3_prefix, command.account_id = None, None
        command.start_time, command.end_time = START, START + timedelta(days=1)
        command.s3_client_provider = command.cloudtrail_client = self
        command.organization_client, command._source_region = None, REGION  # noqa: SLF001 - as its own `_run_main` does
        with contextlib.redirect_stdout(io.StringIO()):
            command._call()  # noqa: SLF001 - what the command runs, without its start
        if command._invalid_logs or command._invalid_digests:  # noqa: SLF001
            message = "the peer does not find its own trail valid"
            raise RuntimeError(message)
        return int(command._valid_logs)  # noqa: SLF001

    def get_client(self, _bucket: str) -> InMemory:
        """The S3 client for a bucket."""
        return self

    def list_public_keys(self, **_: object) -> dict[str, Any]:
        """The keys of the digests."""
        return {"PublicKeyList": [self._trail.public_key]}

    def get_paginator(self, _operation: str) -> InMemory:
        """Pages of keys."""
        return self

    def paginate(self, **asked: str) -> InMemory:
        """The pages from a marker on."""
        self._keys = sorted(
            key
            for key in self._trail.objects
            if key.startswith(asked["Prefix"]) and key > asked["Marker"]
        )
        return self

    def search(self, _expression: str) -> Any:
        """The keys of the pages."""
        return iter(self._keys)

    def get_object(self, **asked: str) -> dict[str, Any]:
        """One object."""
        body, metadata = self._trail.objects[asked["Key"]]
        return {"Body": self._body(io.BytesIO(body), len(body)), "Metadata": metadata}


def _log(trail: Digested, number: str, entries: Sequence[bytes], end: datetime) -> dict[str, str]:
    raw = b'{"Records":[' + b",".join(entries) + b"]}"
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail/{REGION}/2026/01/01"
    key = f"{folder}/{ACCOUNT}_CloudTrail_{REGION}_{number}.json.gz"
    trail.objects[key] = (gzip.compress(raw, 6), {})
    return {
        "s3Bucket": BUCKET,
        "s3Object": key,
        "hashValue": _sha256(raw),
        "hashAlgorithm": "SHA-256",
        "newestEventTime": _stamp(end),
        "oldestEventTime": _stamp(end - timedelta(hours=1)),
    }


def _digest(
    end: datetime,
    key: str,
    fingerprint: str,
    previous: str | None,
    signature: str | None,
    logs: list[dict[str, str]],
) -> dict[str, Any]:
    return {
        "awsAccountId": ACCOUNT,
        "digestStartTime": _stamp(end - timedelta(hours=1)),
        "digestEndTime": _stamp(end),
        "digestS3Bucket": BUCKET,
        "digestS3Object": key,
        "digestPublicKeyFingerprint": fingerprint,
        "digestSignatureAlgorithm": "SHA256withRSA",
        "previousDigestS3Bucket": BUCKET if previous else None,
        "previousDigestS3Object": previous,
        "previousDigestHashAlgorithm": "SHA-256",
        "previousDigestSignature": signature,
        "logFiles": logs,
    }


def _digest_key(end: datetime) -> str:
    folder = f"AWSLogs/{ACCOUNT}/CloudTrail-Digest/{REGION}/{end:%Y/%m/%d}"
    name = f"{ACCOUNT}_CloudTrail-Digest_{REGION}_{TRAIL}_{REGION}_{end:%Y%m%dT%H%M%SZ}.json.gz"
    return f"{folder}/{name}"


def _stamp(at: datetime) -> str:
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


def _sha256(body: bytes) -> str:
    return hashlib.sha256(body).hexdigest()
