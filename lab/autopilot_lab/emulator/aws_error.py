"""The one way a service of the embedded AWS says no."""

from __future__ import annotations


class AwsError(Exception):
    """An error answer of an AWS service: the modelled code, a message, and the HTTP status."""

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        self.code = code
        self.message = message
        self.status = status
        super().__init__(f"{code}: {message}")
