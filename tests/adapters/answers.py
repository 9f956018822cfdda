"""Answers that a service could give, put in its place before anything is sent."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ReadTimeoutError


def answer(made: Any, service: str, *errors: tuple[int, str]) -> list[str]:
    """Let the next calls of `made` fail with these statuses and codes; what was answered so."""
    left, given = list(errors), []

    def instead(**_: object) -> tuple[SimpleNamespace, dict[str, Any]] | None:
        if not left:
            return None
        status, code = left.pop(0)
        given.append(code)
        said = {"Error": {"Code": code}, "ResponseMetadata": {"HTTPStatusCode": status}}
        return SimpleNamespace(status_code=status), said

    made.meta.events.register_first(f"before-call.{service}", instead)
    return given


def fall_silent(made: Any, service: str) -> None:
    """Let every call of `made` run into its time-out."""

    def lose(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url="https://nobody")

    made.meta.events.register_first(f"before-call.{service}", lose)
