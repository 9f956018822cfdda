"""S3: what a bucket has without being told to."""

from __future__ import annotations

from typing import Any, Final

from autopilot_lab.emulator.access.needs import Asked
from autopilot_lab.emulator.strict.layer import StrictLayer
from autopilot_lab.emulator.strict.object_lock import bucket_of

_LOOKING = ("GetBucketEncryption", "PutObject", "CopyObject", "CreateMultipartUpload")

SSE_S3: Final[dict[str, Any]] = {
    "Rule": {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": "false",
    }
}


def register(layer: StrictLayer) -> None:
    """Put the rules in force."""
    layer.refuse("s3", _LOOKING, encrypt_by_default)


def encrypt_by_default(asked: Asked) -> None:
    """Every bucket encrypts with SSE-S3 unless something else is chosen, since January 2023.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/default-encryption-faq.html
    """
    bucket = bucket_of(asked)
    if bucket is not None and bucket.encryption is None:
        bucket.encryption = SSE_S3
