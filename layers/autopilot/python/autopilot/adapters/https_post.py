"""Posts JSON over HTTPS to one host, within a time and a size, and follows nothing.

The host is the profile's. Certificates and host names are verified by urllib3's defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import urllib3
from urllib3.exceptions import ConnectTimeoutError, HTTPError, NewConnectionError, ReadTimeoutError

from autopilot.errors import Transient, Unanswered

CONNECT_SECONDS: Final = 1.0
READ_SECONDS: Final = 2.0
BODY_BYTES_MAX: Final = 64 * 1024


def post_json(host: str, path: str, body: Mapping[str, Any]) -> int:
    """Post `body`; the status of the answer, whose text is not read.

    Raises `Unanswered` when it was sent and nothing came back, `Transient` when it was not sent.
    """
    data = json.dumps(body).encode()
    if len(data) > BODY_BYTES_MAX:
        message = f"expected at most {BODY_BYTES_MAX} bytes for {host}, got {len(data)}"
        raise Transient(message)
    try:
        return _post(host, path, data)
    except (ConnectTimeoutError, NewConnectionError) as error:
        message = f"no connection to {host}: {type(error).__name__}"
        raise Transient(message) from error
    except ReadTimeoutError as error:
        message = f"{host} did not say whether it took the event"
        raise Unanswered(message) from error
    except HTTPError as error:
        message = f"{host} could not be asked: {type(error).__name__}"
        raise Transient(message) from error


def _post(host: str, path: str, data: bytes) -> int:
    timeout = urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS)
    with urllib3.HTTPSConnectionPool(host, timeout=timeout, retries=False, maxsize=1) as pool:
        answer = pool.request(
            "POST",
            path,
            body=data,
            headers={"Content-Type": "application/json"},
            redirect=False,
            preload_content=False,
        )
        answer.close()
        return answer.status
