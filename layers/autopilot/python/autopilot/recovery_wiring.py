"""Builds what only rehearsals and restores need, so that nothing else loads it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeAlias

from autopilot.adapters.dynamodb_copies import DynamoDbCopies
from autopilot.adapters.report_shelf import S3RehearsalShelf
from autopilot.archive_wiring import ArchiveWiring
from autopilot.domain.trail_head import origin_of
from autopilot.environment import Environment
from autopilot.ports.recovery import RehearsalShelf, TableCopies, TrailHeads

if TYPE_CHECKING:
    from autopilot.domain.trail_head import TrailHead

#: Service and region → a client.
Client: TypeAlias = Callable[[str, str], Any]


class RecoveryWiring:
    """A `RecoveryDesk`, each part built when it is first asked for."""

    def __init__(self, place: Environment, client: Client) -> None:
        """Build nothing yet."""
        self._place, self._client = place, client

    @cached_property
    def shelf(self) -> RehearsalShelf:
        """The region's trail bucket, where nothing is overwritten."""
        from autopilot.reports.rehearsal_forms import FORMS  # noqa: PLC0415 - only who files

        client = self._client("s3", self._place.region)
        return S3RehearsalShelf(client, self._place.trail_bucket, FORMS)

    @cached_property
    def copies(self) -> TableCopies:
        """Copies in the region of the function."""
        client = self._client("dynamodb", self._place.region)
        return DynamoDbCopies(client=client, service=self._place.service)

    @cached_property
    def heads(self) -> TrailHeads:
        """The logs of both regions, and the keys that sign them."""
        return SignedHeads(self._place, self._client)

    @property
    def ledger_table(self) -> str:
        """The name of the ledger's table."""
        return self._place.ledger_table


class SignedHeads:
    """`TrailHeads` over the bucket of each region, and the key behind the trail's alias there."""

    def __init__(self, place: Environment, client: Client) -> None:
        """Build nothing yet."""
        self._place, self._client = place, client

    def recovered(self, region: str, revision: int) -> TrailHead | None:
        """The head that the log's newest checkpoint tells."""
        from autopilot.adapters.kms_signer import KmsSigner  # noqa: PLC0415 - one runbook does
        from autopilot.audit.note import VerifierKey  # noqa: PLC0415
        from autopilot.audit.recovered_head import recovered_head  # noqa: PLC0415

        place = self._place
        alias, client = f"alias/{place.service}-trail", self._client("kms", region)
        public = KmsSigner(key_id=alias, client=client).public_key()
        log = ArchiveWiring(
            region=region,
            regions=place.ledger_regions,
            trail_bucket=f"{place.trail_bucket.removesuffix(place.region)}{region}",
            client=self._client,
        ).log
        return recovered_head(log, VerifierKey(origin_of(place.service, region), public), revision)
