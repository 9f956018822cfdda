"""The S3 client that reads a trail: enough connections for all threads, and no more than needed."""

from __future__ import annotations

from typing import Any

import botocore.session
from botocore.config import Config

_CONNECT_TIMEOUT_SECONDS = 5
_READ_TIMEOUT_SECONDS = 30
_ATTEMPTS_MAX = 5


def trail_client(region: str | None, *, connections: int) -> Any:
    """A client that is built once and shared by the threads."""
    config = Config(
        max_pool_connections=connections,
        connect_timeout=_CONNECT_TIMEOUT_SECONDS,
        read_timeout=_READ_TIMEOUT_SECONDS,
        retries={"mode": "standard", "total_max_attempts": _ATTEMPTS_MAX},
        # The verification hashes every byte itself, and asks for nothing but keys it made up.
        response_checksum_validation="when_required",
        parameter_validation=False,
        # Said in one word: the usual list of features is put together twice for every request, and
        # costs a sixth of it.
        user_agent="autopilot-audit",
    )
    return botocore.session.get_session().create_client("s3", region_name=region, config=config)
