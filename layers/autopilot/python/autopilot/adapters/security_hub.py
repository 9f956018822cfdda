"""Imports findings into AWS Security Hub, where the stack says so."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from autopilot.domain.assessment import Assessment
from autopilot.errors import Transient

BATCH_MAX: Final = 100  #: what BatchImportFindings takes at once


class NoFindingsHub:
    """Where nobody asked for it."""

    def publish(self, assessment: Assessment) -> int:  # noqa: ARG002 - the port's signature
        """Publish nothing."""
        return 0


class SecurityHub:
    """A `FindingsHub` over Security Hub of one region."""

    def __init__(
        self, client: Any, in_its_format: Callable[[Assessment], Iterable[Mapping[str, Any]]]
    ) -> None:
        """`in_its_format`: the findings in the AWS Security Finding Format."""
        self._client, self._in_its_format = client, in_its_format

    def publish(self, assessment: Assessment) -> int:
        """Import every finding; raises `Transient` when one was not taken."""
        findings = list(self._in_its_format(assessment))
        for start in range(0, len(findings), BATCH_MAX):
            self._import(findings[start : start + BATCH_MAX])
        return len(findings)

    def _import(self, batch: list[Mapping[str, Any]]) -> None:
        try:
            answer = self._client.batch_import_findings(Findings=batch)
        except (BotoCoreError, ClientError) as error:
            message = f"Security Hub took no findings: {type(error).__name__}"
            raise Transient(message) from error
        if answer.get("FailedCount"):
            raise Transient(
                f"Security Hub refused {answer['FailedCount']} of {len(batch)} findings"
            )
