"""Posts JSON over HTTPS to one host, within a time and a size, and follows nothing.

The host is the profile's. Certificates and host names are verified by urllib3's defaults.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import urllib3
from urllib3.exceptions import HTTPError, ProtocolError, ReadTimeoutError

from autopilot.errors import Transient, Unanswered

CONNECT_SECONDS: Final = 1.0
READ_SECONDS: Final = 2.0
BODY_BYTES_MAX: Final = 64 * 1024


class HttpsPost:
    """Posts once: no retry, no redirect, no proxy, and the answer's body is not read."""

    def __init__(self, *, port: int = 443, authorities: str | None = None) -> None:
        """`authorities`: a file of certificates to trust in place of the machine's own."""
        self._port = port
        self._authorities = authorities

    def __call__(self, host: str, path: str, body: Mapping[str, Any]) -> int:
        """Post `body`; the status of the answer.

        Raises `Unanswered` when it was sent and nothing came back, `Transient` when it was not
        sent.
        """
        data = json.dumps(body).encode()
        if len(data) > BODY_BYTES_MAX:
            message = f"expected at most {BODY_BYTES_MAX} bytes for {host}, got {len(data)}"
            raise Transient(message)
        try:
            return self._post(host, path, data)
        except (ReadTimeoutError, ProtocolError) as error:
            message = f"{host} did not say whether it took the event"
            raise Unanswered(message) from error
        except HTTPError as error:
            message = f"{host} was not reached: {type(error).__name__}"
            raise Transient(message) from error

    def _post(self, host: str, path: str, data: bytes) -> int:
        with urllib3.HTTPSConnectionPool(
            host,
            self._port,
            timeout=urllib3.Timeout(connect=CONNECT_SECONDS, read=READ_SECONDS),
            retries=False,
            maxsize=1,
            ca_certs=self._authorities,
        ) as pool:
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
